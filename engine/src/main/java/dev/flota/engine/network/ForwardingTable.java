package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * To which host a VXLAN device sends a frame (rtnetlink; {@code man 8 bridge}, fdb). Frames to all
 * and to Ethernet addresses it does not know go to each of the peers; the others it learns from
 * what comes in.
 */
final class ForwardingTable {
  private static final MacAddress EVERYBODY = MacAddress.parse("00:00:00:00:00:00");

  /** The kernel drops what it would send there ({@code vxlan_xmit_one}). */
  private static final Ipv4 NOWHERE = new Ipv4(0);

  private static final int NEW_NEIGHBOUR = 28;
  private static final int DELETE_NEIGHBOUR = 29;
  private static final int GET_NEIGHBOUR = 30;
  private static final int CREATE_APPEND = 0xc00;
  private static final int CREATE_REPLACE = 0x500;
  private static final int AF_BRIDGE = 7;
  private static final int STATE_REACHABLE = 0x02;
  private static final int STATE_PERMANENT = 0x80;
  private static final int FLAG_SELF = 2;
  private static final int FLAG_MASTER = 4;
  private static final int DESTINATION = 1;
  private static final int LINK_LAYER_ADDRESS = 2;
  private static final int ATTRIBUTES_OFFSET = NetlinkMessage.HEADER + 12;

  private final Netlink netlink;
  private final int index;

  /** That of the VXLAN device of that index, a port of a bridge. */
  ForwardingTable(Netlink netlink, int index) {
    this.netlink = netlink;
    this.index = index;
  }

  private record Entry(MacAddress mac, Ipv4 peer) {}

  /** Makes these the peers, and forgets what was learned from others. */
  void peers(Set<Ipv4> wanted) {
    Set<Ipv4> present = new HashSet<>();
    for (Entry entry : entries()) {
      if (!wanted.contains(entry.peer())) {
        delete(entry.mac(), FLAG_SELF, Optional.of(entry.peer()));
      } else if (entry.mac().equals(EVERYBODY)) {
        present.add(entry.peer());
      }
    }
    wanted.stream().filter(peer -> !present.contains(peer)).forEach(this::append);
  }

  /** The present peers. */
  Set<Ipv4> peers() {
    Set<Ipv4> peers = new HashSet<>();
    entries().stream()
        .filter(entry -> entry.mac().equals(EVERYBODY))
        .forEach(entry -> peers.add(entry.peer()));
    return peers;
  }

  /** Forgets where an Ethernet address was last seen behind the device. */
  void forget(MacAddress mac) {
    delete(mac, FLAG_MASTER, Optional.empty());
    delete(mac, FLAG_SELF, Optional.empty());
  }

  /**
   * In place of what is known: drops what is for an Ethernet address until something comes from it,
   * by which its host is learned. As what is learned, this is forgotten after some minutes.
   */
  void sendNowhere(MacAddress mac) {
    delete(mac, FLAG_MASTER, Optional.empty());
    int error =
        netlink.request(
            message(NEW_NEIGHBOUR, CREATE_REPLACE, STATE_REACHABLE, FLAG_SELF, mac)
                .attribute(DESTINATION, NOWHERE.bytes()));
    if (error != 0) {
      throw EngineException.system(
          "cannot keep what is for %s: %s".formatted(mac, SystemCalls.strerror(error)));
    }
  }

  private List<Entry> entries() {
    byte none = 0;
    NetlinkMessage request =
        new NetlinkMessage(GET_NEIGHBOUR, Netlink.DUMP)
            .fixed((byte) AF_BRIDGE, none, none, none) // struct ifinfomsg: this interface only
            .fixed(index)
            .fixed(0)
            .fixed(0);
    List<Entry> entries = new ArrayList<>();
    for (ByteBuffer reply : netlink.dump(request)) {
      NetlinkAttributes attributes = new NetlinkAttributes(reply, ATTRIBUTES_OFFSET);
      Optional<MacAddress> mac = attributes.mac(LINK_LAYER_ADDRESS);
      Optional<Ipv4> peer = attributes.address(DESTINATION); // the bridge's own entries have none
      if (mac.isPresent() && peer.isPresent() && !peer.get().equals(NOWHERE)) {
        entries.add(new Entry(mac.get(), peer.get()));
      }
    }
    return entries;
  }

  private void append(Ipv4 peer) {
    int error =
        netlink.request(
            message(NEW_NEIGHBOUR, CREATE_APPEND, STATE_PERMANENT, FLAG_SELF, EVERYBODY)
                .attribute(DESTINATION, peer.bytes()));
    if (error != 0 && error != SystemCalls.EEXIST) {
      throw EngineException.system(
          "cannot add the overlay's peer %s: %s".formatted(peer, SystemCalls.strerror(error)));
    }
  }

  private void delete(MacAddress mac, int flag, Optional<Ipv4> peer) {
    NetlinkMessage message = message(DELETE_NEIGHBOUR, 0, STATE_PERMANENT, flag, mac);
    peer.ifPresent(address -> message.attribute(DESTINATION, address.bytes()));
    int error = netlink.request(message);
    if (error != 0 && error != SystemCalls.ENOENT) {
      throw EngineException.system(
          "cannot forget where %s is: %s".formatted(mac, SystemCalls.strerror(error)));
    }
  }

  private NetlinkMessage message(int type, int flags, int state, int table, MacAddress mac) {
    byte none = 0;
    return new NetlinkMessage(type, flags)
        .fixed((byte) AF_BRIDGE, none, none, none)
        .fixed(index)
        .fixed((byte) state, none, (byte) table, none) // state, flags and type
        .attribute(LINK_LAYER_ADDRESS, mac.bytes());
  }
}
