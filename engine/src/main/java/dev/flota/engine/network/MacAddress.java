package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An Ethernet address.
 *
 * @param text six lower-case hex bytes with colons
 */
public record MacAddress(String text) {
  /** How many it has. */
  static final int BYTES = 6;

  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

  /** Colons or dashes, either case, as Go's {@code net.ParseMAC}; six bytes. */
  public static MacAddress parse(String wish) {
    String text = wish.replace('-', ':').toLowerCase(Locale.ROOT);
    if (!text.matches("([0-9a-f]{2}:){5}[0-9a-f]{2}")) {
      throw EngineException.invalid("invalid MAC address: " + wish);
    }
    return new MacAddress(text);
  }

  /**
   * What an address gets that nobody chose one for: {@code 02:42} and the four bytes, so that a
   * neighbour's ARP entry never goes stale when the address gets a new owner.
   */
  public static MacAddress of(Ipv4 address) {
    return new MacAddress("02:42:" + COLONS.formatHex(address.bytes()));
  }

  /** The one that somebody chose for an address, or else the address's own. */
  public static MacAddress of(Ipv4 address, @Nullable String chosen) {
    return chosen == null ? of(address) : parse(chosen);
  }

  /** That of six bytes. */
  static MacAddress of(byte[] bytes) {
    return new MacAddress(COLONS.formatHex(bytes));
  }

  /** Its six bytes. */
  public byte[] bytes() {
    return COLONS.parseHex(text);
  }

  @Override
  public String toString() {
    return text;
  }
}
