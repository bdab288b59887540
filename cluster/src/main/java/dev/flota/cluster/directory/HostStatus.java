package dev.flota.cluster.directory;

import dev.flota.cluster.membership.FleetMessage;
import java.util.List;
import java.util.Map;

/**
 * What a host says of itself every few seconds.
 *
 * @param hostId 64 hex digits
 * @param name by which people call it
 * @param address IPv4 address between hosts
 * @param peerPort where its daemon answers other daemons
 * @param actorPort where its actors are
 * @param version of the engine
 * @param kernel release
 * @param features of the kernel and of CRIU that a teleport depends on; empty while they are looked
 *     for
 * @param labels given by people
 * @param resources what it has and what of it is in use
 */
public record HostStatus(
    String hostId,
    String name,
    String address,
    int peerPort,
    int actorPort,
    String version,
    String kernel,
    List<String> features,
    Map<String, String> labels,
    Resources resources)
    implements FleetMessage {

  /**
   * Processors and memory.
   *
   * @param cpus that the engine may use
   * @param cpusUsed average over the last seconds
   * @param memory bytes
   * @param memoryUsed bytes that could not be had at once
   */
  public record Resources(double cpus, double cpusUsed, long memory, long memoryUsed) {}
}
