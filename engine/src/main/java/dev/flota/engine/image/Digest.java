package dev.flota.engine.image;

import dev.flota.engine.EngineException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The name of some bytes by their hash (OCI image-spec 1.1, "Digests").
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex lower-case hexadecimal digits
 */
public record Digest(String algorithm, String hex) {
  private static final Pattern LOWER_HEX = Pattern.compile("[0-9a-f]+");

  /**
   * Reads {@code sha256:…}.
   *
   * @throws EngineException INVALID with Docker's text
   */
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon <= 0 || colon == text.length() - 1) {
      throw EngineException.invalid("invalid checksum digest format");
    }
    String algorithm = text.substring(0, colon);
    String hex = text.substring(colon + 1);
    if (hex.length() != digits(algorithm)) {
      throw EngineException.invalid("invalid checksum digest length");
    }
    if (!LOWER_HEX.matcher(hex).matches()) {
      throw EngineException.invalid("invalid checksum digest format");
    }
    return new Digest(algorithm, hex);
  }

  /** The SHA-256 of {@code content}. */
  public static Digest of(byte[] content) {
    return fromHash(sha256().digest(content));
  }

  /** What a SHA-256 that has seen everything says. */
  public static Digest of(MessageDigest finished) {
    return fromHash(finished.digest());
  }

  /** A fresh SHA-256. */
  public static MessageDigest sha256() {
    return hash("SHA-256");
  }

  /** A fresh hash of this digest's algorithm. */
  public MessageDigest newHash() {
    return hash(algorithm.equals("sha512") ? "SHA-512" : "SHA-256");
  }

  /** The digest, of this one's algorithm, that a finished hash stands for. */
  public Digest sameKind(MessageDigest finished) {
    return new Digest(algorithm, HexFormat.of().formatHex(finished.digest()));
  }

  /** First twelve digits, as Docker shows ids. */
  public String shortForm() {
    return hex.substring(0, 12);
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }

  private static Digest fromHash(byte[] hash) {
    return new Digest("sha256", HexFormat.of().formatHex(hash));
  }

  private static MessageDigest hash(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + name, e);
    }
  }

  private static int digits(String algorithm) {
    return switch (algorithm) {
      case "sha256" -> 64;
      case "sha512" -> 128;
      default -> throw EngineException.invalid("unsupported digest algorithm");
    };
  }
}
