package dev.flota.api.docker.container;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.engine.network.EndpointNames;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import dev.flota.engine.spec.NetworkingConfig.IpamWish;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container's places in networks: {@code EndpointSettings} and {@code PortMap} of the Docker
 * Engine API. A container that does not run keeps its addresses, but as in Docker none are shown.
 */
final class EndpointJson {
  private EndpointJson() {}

  static void networks(JsonGenerator json, ContainerRecord container, boolean full)
      throws IOException {
    json.writeObjectFieldStart("Networks");
    for (EndpointRecord endpoint : container.endpoints()) {
      json.writeObjectFieldStart(endpoint.network());
      settings(json, container, endpoint, full);
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static void settings(
      JsonGenerator json, ContainerRecord container, EndpointRecord endpoint, boolean full)
      throws IOException {
    boolean alive = container.state().status().alive();
    EndpointWish wish = endpoint.wish() == null ? EndpointWish.NONE : endpoint.wish();
    ipam(json, wish.ipamConfig());
    names(json, "Links", orEmpty(wish.links()));
    names(json, "Aliases", full ? endpoint.aliases() : List.of());
    json.writeStringField("MacAddress", alive ? orEmpty(endpoint.mac()) : "");
    json.writePOJOField("DriverOpts", wish.driverOpts());
    json.writeNumberField("GwPriority", wish.gwPriority());
    json.writeStringField("NetworkID", endpoint.networkId());
    json.writeStringField("EndpointID", alive ? endpoint.endpointId() : "");
    json.writeStringField(
        "Gateway", alive && !endpoint.internal() ? orEmpty(endpoint.gateway()) : "");
    address(json, endpoint, alive);
    json.writeStringField("IPv6Gateway", "");
    json.writeStringField("GlobalIPv6Address", "");
    json.writeNumberField("GlobalIPv6PrefixLen", 0);
    names(json, "DNSNames", full ? EndpointNames.on(container, endpoint) : List.of());
  }

  private static void ipam(JsonGenerator json, @Nullable IpamWish wish) throws IOException {
    if (wish == null) {
      json.writeNullField("IPAMConfig");
      return;
    }
    json.writeObjectFieldStart("IPAMConfig");
    if (!orEmpty(wish.ipv4Address()).isEmpty()) {
      json.writeStringField("IPv4Address", wish.ipv4Address());
    }
    json.writeEndObject();
  }

  /** The fields that an inspect repeats for the default network, outside {@code Networks}. */
  static void defaultNetwork(JsonGenerator json, ContainerRecord container) throws IOException {
    EndpointRecord bridge =
        container.endpoints().stream()
            .filter(endpoint -> endpoint.network().equals("bridge"))
            .findFirst()
            .orElse(null);
    boolean alive = bridge != null && container.state().status().alive();
    json.writeStringField("EndpointID", bridge != null && alive ? bridge.endpointId() : "");
    json.writeStringField("Gateway", bridge != null && alive ? orEmpty(bridge.gateway()) : "");
    json.writeStringField("GlobalIPv6Address", "");
    json.writeNumberField("GlobalIPv6PrefixLen", 0);
    address(json, bridge, alive);
    json.writeStringField("IPv6Gateway", "");
    json.writeStringField("MacAddress", bridge != null && alive ? orEmpty(bridge.mac()) : "");
  }

  private static void address(JsonGenerator json, @Nullable EndpointRecord endpoint, boolean alive)
      throws IOException {
    String address = endpoint == null || !alive ? null : endpoint.address();
    json.writeStringField("IPAddress", orEmpty(address));
    json.writeNumberField(
        "IPPrefixLen", endpoint == null || address == null ? 0 : endpoint.prefixLength());
  }

  private static void names(JsonGenerator json, String field, List<String> names)
      throws IOException {
    if (names.isEmpty()) {
      json.writeNullField(field);
      return;
    }
    json.writeArrayFieldStart(field);
    for (String name : names) {
      json.writeString(name);
    }
    json.writeEndArray();
  }

  private static List<String> orEmpty(@Nullable List<String> values) {
    return values == null ? List.of() : values;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
