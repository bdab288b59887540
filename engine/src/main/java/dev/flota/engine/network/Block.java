package dev.flota.engine.network;

import java.util.Optional;

/**
 * A block of addresses as somebody wrote it.
 *
 * @param address as written, perhaps with host bits
 * @param subnet that it is in
 */
record Block(Ipv4 address, Subnet subnet) {
  private static final int LARGEST = 8;

  /** CIDR form, 8 to 32 bits. */
  static Optional<Block> parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,2}")) {
      return Optional.empty();
    }
    int length = Integer.parseInt(text.substring(slash + 1));
    if (length < LARGEST || length > Integer.SIZE) {
      return Optional.empty();
    }
    return Ipv4.parse(text.substring(0, slash))
        .map(address -> new Block(address, Subnet.around(address, length)));
  }

  /** Whether there are no host bits. */
  boolean masked() {
    return address.equals(subnet.network());
  }

  @Override
  public String toString() {
    return address + "/" + subnet.prefixLength();
  }
}
