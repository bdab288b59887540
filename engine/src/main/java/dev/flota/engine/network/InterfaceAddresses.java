package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The IPv4 addresses of one interface, to be brought to a wanted set (rtnetlink). */
final class InterfaceAddresses {
  private static final int NEW_ADDRESS = 20;
  private static final int DELETE_ADDRESS = 21;
  private static final int GET_ADDRESS = 22;
  private static final int EXCLUSIVE_CREATE = 0x600;
  private static final int ADDRESS_PEER = 1;
  private static final int ADDRESS_LOCAL = 2;
  private static final int ADDRESS_BROADCAST = 4;
  private static final int PREFIX_OFFSET = NetlinkMessage.HEADER + 1;
  private static final int INDEX_OFFSET = NetlinkMessage.HEADER + 4;
  private static final int ATTRIBUTES_OFFSET = NetlinkMessage.HEADER + 8;

  private final Netlink netlink;
  private final int index;

  /** Those of the interface of that index. */
  InterfaceAddresses(Netlink netlink, int index) {
    this.netlink = netlink;
    this.index = index;
  }

  /** An address with the length of its prefix in bits. */
  record Assigned(Ipv4 address, int prefixLength) {}

  /**
   * Adds what is missing, then deletes what is too much: an address that stays is not touched. With
   * {@code promote_secondaries} on, a subnet of which an address stays keeps its route.
   */
  void set(List<Assigned> wanted) {
    Set<Assigned> present = present();
    wanted.stream().filter(address -> !present.contains(address)).forEach(this::add);
    present.stream().filter(address -> !wanted.contains(address)).forEach(this::delete);
  }

  /** What it has. */
  Set<Assigned> present() {
    byte none = 0;
    NetlinkMessage request =
        new NetlinkMessage(GET_ADDRESS, Netlink.DUMP)
            .fixed((byte) SystemCalls.AF_INET, none, none, none)
            .fixed(0);
    Set<Assigned> present = new LinkedHashSet<>();
    for (ByteBuffer reply : netlink.dump(request)) {
      if (reply.getInt(INDEX_OFFSET) == index) {
        new NetlinkAttributes(reply, ATTRIBUTES_OFFSET)
            .address(ADDRESS_LOCAL)
            .ifPresent(local -> present.add(new Assigned(local, reply.get(PREFIX_OFFSET))));
      }
    }
    return present;
  }

  private void add(Assigned address) {
    NetlinkMessage message = message(NEW_ADDRESS, EXCLUSIVE_CREATE, address);
    if (address.prefixLength() < Integer.SIZE) {
      int hostBits = -1 >>> address.prefixLength();
      message.attribute(ADDRESS_BROADCAST, new Ipv4(address.address().bits() | hostBits).bytes());
    }
    check(netlink.request(message), SystemCalls.EEXIST, "give", address);
  }

  private void delete(Assigned address) {
    NetlinkMessage message = message(DELETE_ADDRESS, 0, address);
    check(netlink.request(message), SystemCalls.EADDRNOTAVAIL, "take", address);
  }

  private NetlinkMessage message(int type, int flags, Assigned address) {
    byte none = 0;
    return new NetlinkMessage(type, flags)
        .fixed((byte) SystemCalls.AF_INET, (byte) address.prefixLength(), none, none)
        .fixed(index)
        .attribute(ADDRESS_LOCAL, address.address().bytes())
        .attribute(ADDRESS_PEER, address.address().bytes());
  }

  private void check(int error, int harmless, String verb, Assigned address) {
    if (error != 0 && error != harmless) {
      throw EngineException.system(
          "cannot %s interface %d the address %s/%d: %s"
              .formatted(
                  verb,
                  index,
                  address.address(),
                  address.prefixLength(),
                  SystemCalls.strerror(error)));
    }
  }
}
