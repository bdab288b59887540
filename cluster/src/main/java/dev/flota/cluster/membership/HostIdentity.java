package dev.flota.cluster.membership;

/**
 * Who a host is in its fleet, from its joining to its leaving.
 *
 * @param fleetId 64 hex digits
 * @param hostId 64 hex digits
 * @param name by which people call it, unique in the fleet
 * @param address IPv4 address by which the other hosts reach it
 * @param ports where it listens for them
 */
public record HostIdentity(
    String fleetId, String hostId, String name, String address, Ports ports) {

  /**
   * TCP ports between hosts; the same on all of them.
   *
   * @param peer the Docker API between daemons
   * @param actors Artery
   * @param ledger Raft
   */
  public record Ports(int peer, int actors, int ledger) {}
}
