package dev.flota.cluster.ledger;

/**
 * A host's sign of life. It has no time of day in it, as replicas have no common clock.
 *
 * @param incarnation of the daemon that renewed last
 * @param renewal how often it was renewed, by all incarnations
 * @param millis so long it lasts
 */
public record Lease(long incarnation, long renewal, long millis) {
  /** Never renewed. */
  public static final Lease NEW = new Lease(0, 0, 0);
}
