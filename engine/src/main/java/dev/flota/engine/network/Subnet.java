package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.util.Optional;

/**
 * An IPv4 subnet.
 *
 * @param network its first address
 * @param prefixLength in bits, 8 to 32; a network's own is at most 30, so that two hosts fit
 */
public record Subnet(Ipv4 network, int prefixLength) {
  private static final int LARGEST = 8;
  private static final int SMALLEST = 30;

  /** Checked. */
  public Subnet {
    if (prefixLength < LARGEST || prefixLength > Integer.SIZE) {
      throw new IllegalArgumentException("prefix length " + prefixLength);
    }
    if ((network.bits() & ~mask(prefixLength)) != 0) {
      throw new IllegalArgumentException(network + " has host bits");
    }
  }

  /**
   * CIDR form; host bits must be zero.
   *
   * @throws EngineException INVALID
   */
  public static Subnet parse(String text) {
    int slash = text.indexOf('/');
    if (slash > 0 && text.substring(slash + 1).matches("[0-9]{1,2}")) {
      Optional<Ipv4> address = Ipv4.parse(text.substring(0, slash));
      int length = Integer.parseInt(text.substring(slash + 1));
      boolean sized = length >= LARGEST && length <= SMALLEST;
      if (sized && address.isPresent() && (address.get().bits() & ~mask(length)) == 0) {
        return new Subnet(address.get(), length);
      }
    }
    throw EngineException.invalid(
        "invalid subnet \"%s\": an IPv4 network in CIDR form with a prefix of %d to %d bits is wanted"
            .formatted(text, LARGEST, SMALLEST));
  }

  /** The one of that size that an address is in. */
  static Subnet around(Ipv4 address, int prefixLength) {
    return new Subnet(new Ipv4(address.bits() & mask(prefixLength)), prefixLength);
  }

  private static int mask(int prefixLength) {
    return -1 << (Integer.SIZE - prefixLength);
  }

  /** How many addresses it has, the first and the last included. */
  int size() {
    return 1 << (Integer.SIZE - prefixLength);
  }

  /** The address at {@code offset} from the first. */
  Ipv4 at(int offset) {
    return new Ipv4(network.bits() + offset);
  }

  /** The offset of an address that it contains. */
  int offset(Ipv4 address) {
    return address.bits() - network.bits();
  }

  /** Whether the address is in it. */
  public boolean contains(Ipv4 address) {
    return (address.bits() & mask(prefixLength)) == network.bits();
  }

  /** Whether all of the other is in it. */
  boolean contains(Subnet other) {
    return other.prefixLength >= prefixLength && contains(other.network);
  }

  /** Whether they have an address in common. */
  boolean overlaps(Subnet other) {
    return contains(other) || other.contains(this);
  }

  /** Its last address. */
  Ipv4 broadcast() {
    return at(size() - 1);
  }

  @Override
  public String toString() {
    return network + "/" + prefixLength;
  }
}
