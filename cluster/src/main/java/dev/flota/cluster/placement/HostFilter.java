package dev.flota.cluster.placement;

/**
 * One thing that a host must meet. Made for one wish; {@link #admits} is asked of every host,
 * {@link #reason} only of those that it refused, when no host is left.
 */
interface HostFilter {
  boolean admits(Room room);

  /** "is drained", "needs 2 CPUs, 0.7 free". */
  String reason(Room room);
}
