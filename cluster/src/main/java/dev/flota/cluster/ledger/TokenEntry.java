package dev.flota.cluster.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A join token.
 *
 * @param hash of the token
 * @param issuedBy id of a host
 * @param usedBy id of the host that came in by it
 */
public record TokenEntry(
    String hash, Instant expiresAt, String issuedBy, Status status, @Nullable String usedBy) {

  /** What became of it. */
  public enum Status {
    /** Lets a host in. */
    OPEN,
    /** Has let one in. */
    USED,
    /** Lets none in. */
    REVOKED
  }
}
