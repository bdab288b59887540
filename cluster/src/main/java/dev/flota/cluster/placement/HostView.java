package dev.flota.cluster.placement;

import dev.flota.engine.image.Platform;
import java.util.Map;
import java.util.Set;

/**
 * A host as placement sees it.
 *
 * @param id of the host
 * @param name of the host, unique in the fleet
 * @param labels {@code node.labels.*}
 * @param availability whether it takes new containers
 * @param reachable whether it answers
 * @param capacity what it has: all its CPUs and memory
 * @param committed what its containers take
 * @param used what is in use there, measured
 * @param images ids ({@code sha256:…}) and familiar references ({@code redis:7.2}) of its images
 * @param volumes names of its volumes
 * @param runtimes names of its OCI runtimes
 * @param facts what constraints may ask besides
 */
public record HostView(
    String id,
    String name,
    Map<String, String> labels,
    Availability availability,
    boolean reachable,
    Reservation capacity,
    Commitments committed,
    Reservation used,
    Set<String> images,
    Set<String> volumes,
    Set<String> runtimes,
    Facts facts) {

  /** Whether a host takes new containers. */
  public enum Availability {
    /** It does. */
    ACTIVE,
    /** It does not; what runs there runs on. */
    DRAIN
  }

  /**
   * What is known of the engine on a host and of the machine below.
   *
   * @param operatingSystem {@code Debian GNU/Linux 13 (trixie)}
   * @param labels {@code engine.labels.*}, of the daemon's configuration
   */
  public record Facts(
      Platform platform,
      String operatingSystem,
      String kernelVersion,
      String storageDriver,
      Map<String, String> labels) {}
}
