package dev.flota.engine.network;

import java.util.BitSet;
import java.util.Optional;

/**
 * Which addresses of a subnet are given away. No I/O: who starts fills it from what the records
 * say, so it never drifts from them. Not thread-safe.
 *
 * <p>The network's own address, the broadcast address and the gateway are never given. The lowest
 * free address is given first, as Docker does.
 */
final class AddressPool {
  private final Subnet subnet;
  private final Ipv4 gateway;
  private final BitSet taken = new BitSet();

  AddressPool(Subnet subnet, Ipv4 gateway) {
    this.subnet = subnet;
    this.gateway = gateway;
  }

  /** Gives the lowest free address; empty when all are given. */
  Optional<Ipv4> take() {
    int offset = taken.nextClearBit(1);
    if (offset == subnet.offset(gateway)) {
      offset = taken.nextClearBit(offset + 1);
    }
    if (offset >= subnet.size() - 1) {
      return Optional.empty();
    }
    taken.set(offset);
    return Optional.of(subnet.at(offset));
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

  /** How many can still be given. */
  int free() {
    int reserved = subnet.contains(gateway) ? 3 : 2;
    return subnet.size() - reserved - taken.cardinality();
  }

  private boolean giveable(Ipv4 address) {
    return subnet.contains(address)
        && !address.equals(subnet.network())
        && !address.equals(subnet.broadcast())
        && !address.equals(gateway);
  }
}
