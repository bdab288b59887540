package dev.flota.api.fleet;

import dev.flota.engine.EngineException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lets one host into a fleet: {@code FLOTA-1-<digest of the authority>-<secret>}. By the digest the
 * new host knows that it talks to the right fleet; by the secret the fleet knows the new host. The
 * ledger has only the secret's hash.
 *
 * @param authorityDigest SHA-256 of the authority's certificate, 64 hex digits
 * @param secret 32 hex digits
 */
record JoinToken(String authorityDigest, String secret) {
  private static final Pattern FORM = Pattern.compile("FLOTA-1-([0-9a-f]{64})-([0-9a-f]{32})");
  private static final int SECRET_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** A new one for the fleet of that authority. */
  static JoinToken random(String authorityDigest) {
    byte[] secret = new byte[SECRET_BYTES];
    RANDOM.nextBytes(secret);
    return new JoinToken(authorityDigest, HexFormat.of().formatHex(secret));
  }

  /**
   * Reads one.
   *
   * @throws EngineException INVALID
   */
  static JoinToken parse(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw EngineException.invalid(
          "token: this is no join token; a host of the fleet prints one by 'flota token create'");
    }
    return new JoinToken(matcher.group(1), matcher.group(2));
  }

  /** What the ledger knows it by: SHA-256 of the secret, 64 hex digits. */
  String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(secret.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "FLOTA-1-" + authorityDigest + "-" + secret;
  }
}
