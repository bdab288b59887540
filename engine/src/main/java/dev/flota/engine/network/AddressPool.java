package dev.flota.engine.network;

import java.util.BitSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which addresses of a subnet are given away. No I/O: who starts fills it from what the records
 * say, so it never drifts from them. Not thread-safe.
 *
 * <p>The network's own address, the broadcast address and the reserved ones are never given. The
 * lowest free address of the range is given first, as Docker does; who asks for an address may have
 * any of the subnet.
 */
final class AddressPool {
  private final Subnet subnet;
  private final Subnet range;
  private final Set<Ipv4> reserved;
  private final BitSet taken = new BitSet();

  /** Gives all but the gateway. */
  AddressPool(Subnet subnet, Ipv4 gateway) {
    this(subnet, subnet, Set.of(gateway));
  }

  /**
   * Nothing is given yet.
   *
   * @param range from which an address comes that nobody chose
   * @param reserved such as the gateway
   */
  AddressPool(Subnet subnet, Subnet range, Set<Ipv4> reserved) {
    this.subnet = subnet;
    this.range = range;
    this.reserved = reserved;
  }

  /** Gives the lowest free address; empty when all are given. */
  Optional<Ipv4> take() {
    int first = subnet.offset(range.network());
    int end = first + range.size();
    for (int offset = taken.nextClearBit(first);
        offset < end;
        offset = taken.nextClearBit(offset + 1)) {
      if (take(subnet.at(offset))) {
        return Optional.of(subnet.at(offset));
      }
    }
    return Optional.empty();
  }

  /** Gives that address; {@code false} when it is taken or cannot be given. */
  boolean take(Ipv4 address) {
    if (!giveable(address) || taken.get(subnet.offset(address))) {
      return false;
    }
    taken.set(subnet.offset(address));
    return true;
  }

  /** Takes an address back; one that was not given is left as it is. */
  void giveBack(Ipv4 address) {
    if (giveable(address)) {
      taken.clear(subnet.offset(address));
    }
  }

  /** How many of the subnet can still be given. */
  int free() {
    long inside =
        reserved.stream()
            .filter(
                address ->
                    subnet.contains(address)
                        && !address.equals(subnet.network())
                        && !address.equals(subnet.broadcast()))
            .count();
    return subnet.size() - 2 - (int) inside - taken.cardinality();
  }

  private boolean giveable(Ipv4 address) {
    return subnet.contains(address)
        && !address.equals(subnet.network())
        && !address.equals(subnet.broadcast())
        && !reserved.contains(address);
  }
}
