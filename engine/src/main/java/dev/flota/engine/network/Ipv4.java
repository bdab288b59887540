package dev.flota.engine.network;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * An IPv4 address.
 *
 * @param bits the four bytes, the first one highest
 */
public record Ipv4(int bits) {
  /** {@code 0.0.0.0}. */
  public static final Ipv4 ANY = new Ipv4(0);

  private static final int PARTS = 4;
  private static final int HIGHEST = 255;

  /** Dotted decimal as Go's {@code net.ParseIP} takes it: no leading zeros, no short forms. */
  public static Optional<Ipv4> parse(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != PARTS) {
      return Optional.empty();
    }
    int bits = 0;
    for (String part : parts) {
      if (!part.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(part) > HIGHEST) {
        return Optional.empty();
      }
      bits = bits << Byte.SIZE | Integer.parseInt(part);
    }
    return Optional.of(new Ipv4(bits));
  }

  /** In network byte order. */
  public byte[] bytes() {
    return ByteBuffer.allocate(Integer.BYTES).putInt(bits).array();
  }

  /** Whether it is in 127.0.0.0/8. */
  boolean isLoopback() {
    return bits >>> 24 == 127;
  }

  @Override
  public String toString() {
    return "%d.%d.%d.%d"
        .formatted(bits >>> 24, bits >>> 16 & HIGHEST, bits >>> 8 & HIGHEST, bits & HIGHEST);
  }
}
