package dev.flota.cluster.ledger.raft;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;

/**
 * How one host takes part in the ledger.
 *
 * @param clusterId of the fleet
 * @param self where the others reach this host; it listens on that address only
 * @param directory below the state directory, for log and snapshots
 * @param identity how this host proves who it is
 * @param timing waits
 * @param snapshotEvery so many changes the log begins anew with a snapshot
 */
public record RaftLedgerSettings(
    String clusterId,
    Peer self,
    Path directory,
    Identity identity,
    Timing timing,
    long snapshotEvery) {

  /** Snapshots when nothing else is wanted: a log of a few MB. */
  public static final long DEFAULT_SNAPSHOT_EVERY = 5000;

  /**
   * A host's key and certificate, for server and client, with its address as a subject alternative
   * name; and the fleet's own authority, which alone is trusted.
   */
  public record Identity(PrivateKey key, X509Certificate certificate, X509Certificate authority) {}

  /**
   * Waits.
   *
   * @param electionMin without a sign of the leader for this long at least, a voter stands for
   *     election
   * @param electionMax and for this long at most
   * @param patience a change that no majority decided in this time is given up
   */
  public record Timing(Duration electionMin, Duration electionMax, Duration patience) {
    private static final Duration SHORTEST_CALL = Duration.ofSeconds(3);

    /** All waits, by the shortest one: with 1.2 s a leader's loss costs two to three seconds. */
    public static Timing of(Duration electionMin) {
      return new Timing(
          electionMin,
          electionMin.multipliedBy(5).dividedBy(3),
          electionMin.multipliedBy(20).dividedBy(3));
    }

    /** Of a call between hosts, and of one attempt of a client. */
    Duration call() {
      Duration call = electionMin.multipliedBy(5).dividedBy(2);
      return call.compareTo(SHORTEST_CALL) < 0 ? SHORTEST_CALL : call;
    }
  }

  /** With snapshots when nothing else is wanted. */
  public static RaftLedgerSettings of(
      String clusterId, Peer self, Path directory, Identity identity, Timing timing) {
    return new RaftLedgerSettings(
        clusterId, self, directory, identity, timing, DEFAULT_SNAPSHOT_EVERY);
  }
}
