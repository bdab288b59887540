package dev.flota.engine.spec;

import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A container's place in one network, for life: chosen at create or connect, taken along in a move.
 *
 * @param network name of the network
 * @param networkId 64 hex digits
 * @param endpointId 64 hex digits
 * @param address IPv4 address without prefix, {@code null} where the network gives none
 * @param prefixLength of the network, in bits
 * @param gateway of the network
 * @param mac Ethernet address
 * @param aliases names that the user gave besides the container's own
 * @param published bindings in force, by container port ("80/tcp"); empty while stopped
 * @param slot number of the interface: inside the container it is {@code eth0}, {@code eth1}, …
 * @param driver of the network, {@code null} in records of the first engine
 * @param internal whether the network has no way out, so that its gateway is no default route
 * @param wish what the user asked for, {@code null} when nothing
 */
public record EndpointRecord(
    String network,
    String networkId,
    String endpointId,
    @Nullable String address,
    int prefixLength,
    @Nullable String gateway,
    @Nullable String mac,
    List<String> aliases,
    Map<String, List<Published>> published,
    int slot,
    @Nullable String driver,
    boolean internal,
    @Nullable EndpointWish wish) {

  /** The first interface on a network that leads out, without wishes. */
  public EndpointRecord(
      String network,
      String networkId,
      String endpointId,
      @Nullable String address,
      int prefixLength,
      @Nullable String gateway,
      @Nullable String mac,
      List<String> aliases,
      Map<String, List<Published>> published) {
    this(
        network,
        networkId,
        endpointId,
        address,
        prefixLength,
        gateway,
        mac,
        aliases,
        published,
        0,
        null,
        false,
        null);
  }

  /** The same with nothing published. */
  public EndpointRecord unpublished() {
    return withPublished(Map.of());
  }

  /** One host address and port in force. */
  public record Published(String hostIp, int hostPort) {}

  /** The same with other bindings in force. */
  public EndpointRecord withPublished(Map<String, List<Published>> newPublished) {
    return new EndpointRecord(
        network,
        networkId,
        endpointId,
        address,
        prefixLength,
        gateway,
        mac,
        aliases,
        newPublished,
        slot,
        driver,
        internal,
        wish);
  }

  /** How much the user prefers its gateway; zero unless he said. */
  public int priority() {
    return Optional.ofNullable(wish).map(EndpointWish::gwPriority).orElse(0);
  }
}
