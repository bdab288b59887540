package dev.flota.cluster.ledger;

/**
 * A host's sign of life. It has no time in it, as replicas have no common clock.
 *
 * @param incarnation of the daemon that renewed last
 * @param renewal how often it was renewed, by all incarnations
 */
public record Lease(long incarnation, long renewal) {
  /** Never renewed. */
  public static final Lease NEW = new Lease(0, 0);
}
