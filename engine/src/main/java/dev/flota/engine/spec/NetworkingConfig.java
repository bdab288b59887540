package dev.flota.engine.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client wishes of the networks: {@code NetworkingConfig} of the Docker Engine API. */
@JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
public record NetworkingConfig(@Nullable Map<String, @Nullable EndpointWish> endpointsConfig) {

  /**
   * The parts of {@code EndpointSettings} that a client may choose.
   *
   * @param gwPriority the network with the highest is the gateway; among equals the first by name
   */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record EndpointWish(
      @JsonProperty("IPAMConfig") @Nullable IpamWish ipamConfig,
      @Nullable List<String> links,
      @Nullable List<String> aliases,
      @Nullable String macAddress,
      @Nullable Map<String, String> driverOpts,
      int gwPriority) {
    /** No wish. */
    public static final EndpointWish NONE = new EndpointWish(null, null, null, null, null, 0);

    /** The same with another Ethernet address. */
    public EndpointWish withMac(@Nullable String mac) {
      return new EndpointWish(ipamConfig, links, aliases, mac, driverOpts, gwPriority);
    }
  }

  /** A chosen address. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record IpamWish(
      @JsonProperty("IPv4Address") @Nullable String ipv4Address,
      @JsonProperty("IPv6Address") @Nullable String ipv6Address) {}
}
