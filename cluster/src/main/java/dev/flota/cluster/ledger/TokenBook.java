package dev.flota.cluster.ledger;

import dev.flota.cluster.ledger.TokenEntry.Status;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/** The join tokens, by hash. */
public record TokenBook(TreePMap<String, TokenEntry> entries) {
  static final TokenBook EMPTY = new TokenBook(TreePMap.empty());

  /** For so long after it expired, a token is refused as expired and not as unknown. */
  private static final Duration REMEMBERED = Duration.ofDays(1);

  /** All, by hash. */
  public Collection<TokenEntry> all() {
    return entries.values();
  }

  TokenBook issue(Change.IssueToken token) {
    TreePMap<String, TokenEntry> kept = entries;
    for (TokenEntry old : all()) {
      if (old.expiresAt().plus(REMEMBERED).isBefore(token.issuedAt())) {
        kept = kept.minus(old.hash());
      }
    }
    if (kept.containsKey(token.hash())) {
      throw EngineException.conflict("this join token was issued already");
    }
    return new TokenBook(
        kept.plus(
            token.hash(),
            new TokenEntry(token.hash(), token.expiresAt(), token.issuedBy(), Status.OPEN, null)));
  }

  TokenBook revoke(String hash) {
    TokenEntry token = require(hash);
    return with(token, Status.REVOKED, token.usedBy());
  }

  TokenBook redeem(String hash, Instant now, String hostId) {
    TokenEntry token = require(hash);
    return switch (token.status()) {
      case REVOKED -> throw refused("this join token was revoked");
      case USED -> {
        if (!hostId.equals(token.usedBy())) {
          throw refused(
              "this join token was used already, by host " + HostBook.shortId(token.usedBy()));
        }
        yield this;
      }
      case OPEN -> {
        if (!now.isBefore(token.expiresAt())) {
          throw refused("this join token expired at " + token.expiresAt());
        }
        yield with(token, Status.USED, hostId);
      }
    };
  }

  private TokenEntry require(String hash) {
    TokenEntry token = entries.get(hash);
    if (token == null) {
      throw refused("this join token is not one of this fleet");
    }
    return token;
  }

  private TokenBook with(TokenEntry token, Status status, @Nullable String usedBy) {
    return new TokenBook(
        entries.plus(
            token.hash(),
            new TokenEntry(token.hash(), token.expiresAt(), token.issuedBy(), status, usedBy)));
  }

  private static EngineException refused(String text) {
    return new EngineException(
        ErrorKind.FORBIDDEN, text + "; 'flota token create' on a host of the fleet prints another");
  }
}
