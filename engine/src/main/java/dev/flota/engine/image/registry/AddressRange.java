package dev.flota.engine.image.registry;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * Addresses in CIDR form: {@code 10.0.0.0/8}.
 *
 * @param bits how many leading bits count
 */
record AddressRange(InetAddress network, int bits) {
  /** Every machine's own addresses, which Docker always counts as insecure registries. */
  static final List<AddressRange> LOOPBACK =
      List.of(
          new AddressRange(InetAddress.ofLiteral("127.0.0.0"), 8),
          new AddressRange(InetAddress.ofLiteral("::1"), 128));

  /** Empty when {@code text} is no range, as a host's name is not. */
  static Optional<AddressRange> parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return Optional.empty();
    }
    try {
      InetAddress network = InetAddress.ofLiteral(text.substring(0, slash));
      int bits = Integer.parseInt(text.substring(slash + 1));
      return bits < 0 || bits > network.getAddress().length * 8
          ? Optional.empty()
          : Optional.of(new AddressRange(network, bits));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  boolean contains(InetAddress address) {
    byte[] mine = network.getAddress();
    byte[] other = address.getAddress();
    if (other.length != mine.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((mine[bit / 8] & mask) != (other[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }
}
