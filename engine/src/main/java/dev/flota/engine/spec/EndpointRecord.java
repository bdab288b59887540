package dev.flota.engine.spec;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container's place in one network, for life: chosen at create, taken along in a move.
 *
 * @param network name of the network ({@code bridge}, {@code host}, {@code none})
 * @param networkId 64 hex digits
 * @param endpointId 64 hex digits
 * @param address IPv4 address without prefix, {@code null} where the network gives none
 * @param prefixLength of the network, in bits
 * @param gateway of the network
 * @param mac Ethernet address
 * @param aliases names besides the container's own
 * @param published bindings in force, by container port ("80/tcp"); empty while stopped
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
    Map<String, List<Published>> published) {

  /** The same with nothing published. */
  public EndpointRecord unpublished() {
    return new EndpointRecord(
        network, networkId, endpointId, address, prefixLength, gateway, mac, aliases, Map.of());
  }

  /** One host address and port in force. */
  public record Published(String hostIp, int hostPort) {}

  /** The same with other bindings in force. */
  public EndpointRecord withPublished(Map<String, List<Published>> newPublished) {
    return new EndpointRecord(
        network, networkId, endpointId, address, prefixLength, gateway, mac, aliases, newPublished);
  }
}
