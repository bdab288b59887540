package dev.flota.api.config;

import dev.flota.cluster.membership.HostIdentity;
import dev.flota.engine.EngineSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The daemon's configuration, read and checked.
 *
 * @param hosts where the API listens
 * @param tlsDirectory certificates of the TCP listener
 * @param tlsNames what the server's certificate has to answer to, besides the host's own name
 * @param engine the engine's part
 * @param fleet how this host and others find and trust each other
 */
public record DaemonSettings(
    List<Listen> hosts,
    Path tlsDirectory,
    List<String> tlsNames,
    EngineSettings engine,
    FleetSettings fleet) {

  /**
   * How hosts of a fleet find and trust each other.
   *
   * @param address IPv4 address by which the others reach this host, empty when it is to be chosen
   * @param ports where this host listens for others
   * @param vxlanPort UDP port of the networks between hosts, the same on all of them
   * @param downing Akka's strategy for a split
   * @param stableAfter so long a split must last before it is decided on
   * @param silence so long a host may be silent before it counts as unreachable
   * @param election so long a host does without a sign of the ledger's leader before it asks for
   *     another one
   * @param placement {@code spread} or {@code binpack}
   * @param lease so long containers that others may take over run without a word of the majority
   * @param reschedule whether containers that do not say themselves may be taken over
   */
  public record FleetSettings(
      String address,
      HostIdentity.Ports ports,
      int vxlanPort,
      String downing,
      Duration stableAfter,
      Duration silence,
      Duration election,
      String placement,
      Duration lease,
      boolean reschedule) {}

  /** One address to listen on. */
  public sealed interface Listen {
    /** A unix socket. */
    record Unix(Path path) implements Listen {}

    /** TCP with mutual TLS. */
    record Tls(String host, int port) implements Listen {}

    /** TCP on loopback without any protection, allowed in so many words. */
    record PlainLoopback(String host, int port) implements Listen {}
  }
}
