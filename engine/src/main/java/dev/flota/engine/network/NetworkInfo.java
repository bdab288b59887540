package dev.flota.engine.network;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A network as {@code GET /networks} shows it: {@code Network} of the Docker Engine API v1.50.
 *
 * @param id 64 hex digits, the same after each restart
 * @param driver {@code bridge}, {@code host} or {@code null}
 * @param containers endpoints of running containers by container id; empty in a listing, as Docker
 *     leaves it
 */
@JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
public record NetworkInfo(
    String name,
    String id,
    Instant created,
    String scope,
    String driver,
    @JsonProperty("EnableIPv4") boolean enableIpv4,
    @JsonProperty("EnableIPv6") boolean enableIpv6,
    @JsonProperty("IPAM") Ipam ipam,
    boolean internal,
    boolean attachable,
    boolean ingress,
    ConfigReference configFrom,
    boolean configOnly,
    Map<String, EndpointResource> containers,
    Map<String, String> options,
    Map<String, String> labels) {

  /** Address management. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record Ipam(
      @Nullable String driver,
      @Nullable Map<String, String> options,
      @Nullable List<IpamConfig> config) {}

  /** One subnet in CIDR form with its gateway, as {@code IPAMConfig} of the API. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record IpamConfig(
      @Nullable String subnet,
      @JsonProperty("IPRange") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String ipRange,
      @Nullable String gateway,
      @JsonInclude(JsonInclude.Include.NON_EMPTY)
          @Nullable Map<String, String> auxiliaryAddresses) {}

  /** The network a network takes its configuration from; always empty here. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record ConfigReference(String network) {}

  /** A container's place in the network. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record EndpointResource(
      String name,
      @JsonProperty("EndpointID") String endpointId,
      String macAddress,
      @JsonProperty("IPv4Address") String ipv4Address,
      @JsonProperty("IPv6Address") String ipv6Address) {}

  /** What Docker shows of a network that gives addresses. */
  static NetworkInfo of(NetworkDefinition network, @Nullable Map<String, String> ipamOptions) {
    return new NetworkInfo(
        network.name(),
        network.id(),
        network.created(),
        "local",
        network.driver(),
        true,
        false,
        new Ipam(
            "default",
            ipamOptions,
            List.of(
                new IpamConfig(
                    network.subnet(), network.ipRange(), network.gateway(), network.auxiliary()))),
        network.internal(),
        network.attachable(),
        false,
        new ConfigReference(""),
        false,
        Map.of(),
        network.options(),
        network.labels());
  }

  /** Whether every engine has it without being asked. */
  @JsonIgnore
  public boolean predefined() {
    return PredefinedNetworks.isPredefined(name);
  }

  /** The same with the endpoints of those of {@code records} that run, as an inspect shows it. */
  public NetworkInfo withContainers(Collection<ContainerRecord> records) {
    Map<String, EndpointResource> found = new TreeMap<>();
    for (ContainerRecord record : records) {
      if (record.state().status().alive()) {
        record.endpoints().stream()
            .filter(endpoint -> endpoint.networkId().equals(id))
            .forEach(endpoint -> found.put(record.id(), resource(record.name(), endpoint)));
      }
    }
    return new NetworkInfo(
        name,
        id,
        created,
        scope,
        driver,
        enableIpv4,
        enableIpv6,
        ipam,
        internal,
        attachable,
        ingress,
        configFrom,
        configOnly,
        found,
        options,
        labels);
  }

  private static EndpointResource resource(String name, EndpointRecord endpoint) {
    String address = endpoint.address();
    String mac = endpoint.mac();
    return new EndpointResource(
        name,
        endpoint.endpointId(),
        mac == null ? "" : mac,
        address == null ? "" : address + "/" + endpoint.prefixLength(),
        "");
  }
}
