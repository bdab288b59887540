package dev.flota.api.docker.network;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.network.NetworkDefinition.AddressWish;
import dev.flota.engine.network.NetworkInfo.Ipam;
import dev.flota.engine.network.NetworkInfo.IpamConfig;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code NetworkCreateRequest}. */
@JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
record CreateBody(
    @Nullable String name,
    @Nullable String driver,
    @Nullable String scope,
    boolean internal,
    boolean attachable,
    boolean ingress,
    boolean configOnly,
    @Nullable JsonNode configFrom,
    @JsonProperty("IPAM") @Nullable Ipam ipam,
    @JsonProperty("EnableIPv4") @Nullable Boolean enableIpv4,
    @JsonProperty("EnableIPv6") @Nullable Boolean enableIpv6,
    @Nullable Map<String, String> options,
    @Nullable Map<String, String> labels) {

  /**
   * The network that is asked for.
   *
   * @throws EngineException in Docker's words, and NOT_IMPLEMENTED for what there is not
   */
  NetworkDefinition wish() {
    checkDriver();
    if (Boolean.FALSE.equals(enableIpv4) && !Boolean.TRUE.equals(enableIpv6)) {
      throw EngineException.invalid("IPv4 or IPv6 must be enabled");
    }
    refuse(Boolean.TRUE.equals(enableIpv6), "IPv6 networks are");
    refuse(ingress, "an ingress network is");
    refuse(configOnly || configuredFrom(), "configuration by another network is");
    refuse(
        scope != null && !scope.isEmpty() && !scope.equals("local"),
        "a network of scope " + scope + " is");
    return NetworkDefinition.wish(
        name == null ? "" : name,
        driver == null || driver.isEmpty() || driver.equals("default") ? "bridge" : driver,
        addresses(),
        internal,
        attachable,
        options == null ? Map.of() : options,
        labels == null ? Map.of() : labels);
  }

  private void checkDriver() {
    switch (driver == null ? "" : driver) {
      case "", "default", "bridge", "overlay" -> {}
      case "host", "null" ->
          throw new EngineException(
              ErrorKind.FORBIDDEN, "only one instance of \"" + driver + "\" network is allowed");
      case "macvlan", "ipvlan" ->
          throw EngineException.notImplemented(
              "networks of driver " + driver + " are not implemented");
      default ->
          throw EngineException.notFound(
              "could not find plugin %1$s in v1 plugin registry: plugin \"%1$s\" not found"
                  .formatted(driver));
    }
  }

  private boolean configuredFrom() {
    return configFrom != null && !configFrom.path("Network").asText("").isEmpty();
  }

  private static void refuse(boolean asked, String what) {
    if (asked) {
      throw EngineException.notImplemented(what + " not implemented");
    }
  }

  private AddressWish addresses() {
    if (ipam == null) {
      return AddressWish.ANY;
    }
    String ipamDriver = ipam.driver();
    if (ipamDriver != null && !ipamDriver.isEmpty() && !ipamDriver.equals("default")) {
      throw EngineException.notFound(
          "failed to find plugin \"%s\" for the IPAM".formatted(ipamDriver));
    }
    List<IpamConfig> configs = ipam.config() == null ? List.of() : ipam.config();
    if (configs.size() > 1) {
      throw new EngineException(
          ErrorKind.FORBIDDEN, "bridge driver doesn't support multiple subnets");
    }
    if (configs.isEmpty()) {
      return AddressWish.ANY;
    }
    IpamConfig config = configs.getFirst();
    return new AddressWish(
        given(config.subnet()),
        given(config.gateway()),
        given(config.ipRange()),
        config.auxiliaryAddresses() == null ? Map.of() : config.auxiliaryAddresses());
  }

  private static @Nullable String given(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }
}
