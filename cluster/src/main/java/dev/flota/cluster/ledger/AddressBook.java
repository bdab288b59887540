package dev.flota.cluster.ledger;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.MacAddress;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.network.Subnet;
import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The addresses of one network. The network's own address, the broadcast address and the reserved
 * ones are never given. It decides as {@link dev.flota.engine.network.AddressBook} does, but never
 * changes, and gives hosts addresses too.
 *
 * @param reserved offsets of the gateway and of addresses that the user keeps for himself
 * @param range where addresses come from that nobody chose
 * @param taken by offset in the subnet
 * @param owners offsets by owner: each has one address at most
 * @param lowestFree the lowest offset of the range that can be given, or the first behind it
 */
record AddressBook(
    NetworkDefinition network,
    Subnet subnet,
    Set<Integer> reserved,
    Subnet range,
    TreePMap<Integer, AddressEntry> taken,
    TreePMap<String, Integer> owners,
    int lowestFree) {

  static AddressBook of(NetworkDefinition network) {
    Subnet subnet = network.network();
    Subnet range = network.range();
    Set<Integer> reserved = new TreeSet<>();
    reserved.add(subnet.offset(network.gatewayAddress()));
    network.auxiliary().values().forEach(text -> reserved.add(subnet.offset(address(text))));
    return new AddressBook(
            network,
            subnet,
            Collections.unmodifiableSet(reserved),
            range,
            TreePMap.empty(),
            TreePMap.empty(),
            subnet.offset(range.network()))
        .settled();
  }

  Collection<AddressEntry> all() {
    return taken.values();
  }

  Optional<AddressEntry> of(String ownerId) {
    return Optional.ofNullable(owners.get(ownerId)).map(taken::get);
  }

  Optional<AddressEntry> holder(String address) {
    return Ipv4.parse(address).filter(subnet::contains).map(subnet::offset).map(taken::get);
  }

  /** The same with an address for the owner, if it has none. */
  AddressBook take(String ownerId, AddressWish wish, boolean fromTheTop) {
    Optional<AddressEntry> own = of(ownerId);
    if (own.isPresent() && (wish.address() == null || wish.address().equals(own.get().address()))) {
      return this;
    }
    int offset = wish.address() == null ? any(fromTheTop) : wished(wish.address());
    Ipv4 address = subnet.at(offset);
    return giveBack(ownerId)
        .put(new AddressEntry(network.id(), ownerId, address.toString(), mac(wish, address)));
  }

  AddressBook put(AddressEntry entry) {
    int offset = subnet.offset(address(entry.address()));
    return new AddressBook(
            network,
            subnet,
            reserved,
            range,
            taken.plus(offset, entry),
            owners.plus(entry.ownerId(), offset),
            lowestFree)
        .settled();
  }

  AddressBook giveBack(String ownerId) {
    @Nullable Integer offset = owners.get(ownerId);
    if (offset == null) {
      return this;
    }
    boolean lower = offset < lowestFree && range.contains(subnet.at(offset));
    return new AddressBook(
        network,
        subnet,
        reserved,
        range,
        taken.minus(offset),
        owners.minus(ownerId),
        lower ? offset : lowestFree);
  }

  /** The owner's address as it is answered. */
  Optional<Answer.AddressTaken> answer(String ownerId) {
    return of(ownerId)
        .map(
            entry ->
                new Answer.AddressTaken(
                    network.id(),
                    entry.address(),
                    subnet.prefixLength(),
                    network.gatewayAddress().toString(),
                    entry.mac()));
  }

  private int any(boolean fromTheTop) {
    int offset = fromTheTop ? highestFree() : lowestFree;
    if (offset < 1 || offset >= end()) {
      throw EngineException.system(
          "no available IPv4 addresses on this network's address pools: %s (%s)"
              .formatted(network.name(), network.id()));
    }
    return offset;
  }

  private int wished(String text) {
    Ipv4 address =
        Ipv4.parse(text)
            .filter(subnet::contains)
            .orElseThrow(
                () ->
                    EngineException.invalid(
                        "Invalid address %s: It does not belong to any of this network's subnets"
                            .formatted(text)));
    int offset = subnet.offset(address);
    if (!giveable(offset)) {
      throw new EngineException(ErrorKind.FORBIDDEN, "Address already in use");
    }
    return offset;
  }

  private static String mac(AddressWish wish, Ipv4 address) {
    return MacAddress.of(address, wish.mac()).toString();
  }

  /** The same with {@code lowestFree} moved on to what is free. */
  private AddressBook settled() {
    int offset = lowestFree;
    while (offset < end() && !giveable(offset)) {
      offset++;
    }
    return new AddressBook(network, subnet, reserved, range, taken, owners, offset);
  }

  private int highestFree() {
    int offset = subnet.size() - 2;
    while (offset > 0 && !giveable(offset)) {
      offset--;
    }
    return offset;
  }

  /** The first offset behind the range. */
  private int end() {
    return subnet.offset(range.network()) + range.size();
  }

  private boolean giveable(int offset) {
    return offset > 0
        && offset < subnet.size() - 1
        && !reserved.contains(offset)
        && !taken.containsKey(offset);
  }

  private static Ipv4 address(String text) {
    return Ipv4.parse(text).orElseThrow();
  }
}
