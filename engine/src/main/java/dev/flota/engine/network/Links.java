package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Network interfaces, addresses and routes of the network namespace of the thread that opened it
 * (rtnetlink). A call is one system call pair of some 50 to 400 µs, where an {@code ip} process
 * costs 3 to 8 ms: the difference is a good part of a container's start.
 */
final class Links implements AutoCloseable {
  /** The index of {@code lo} in every namespace. */
  static final int LOOPBACK = 1;

  /** Where the attributes of an interface begin in a message, after {@code struct ifinfomsg}. */
  static final int ATTRIBUTES_OFFSET = NetlinkMessage.HEADER + 16;

  /** In place of the index of a bridge. */
  static final int NO_BRIDGE = 0;

  /** Interfaces that wait for {@link #deleteRetired}; any number that nobody else uses. */
  private static final int RETIRED_GROUP = 0x666c6f74;

  private static final int NEW_LINK = 16;
  private static final int DELETE_LINK = 17;
  private static final int GET_LINK = 18;
  private static final int SET_LINK = 19;
  private static final int NEW_ADDRESS = 20;
  private static final int NEW_ROUTE = 24;
  private static final int DELETE_ROUTE = 25;

  private static final int REPLACE = 0x100;
  private static final int EXCLUSIVE = 0x200;
  private static final int CREATE = 0x400;

  private static final int IFF_UP = 1;

  private static final int LINK_ADDRESS = 1;
  private static final int LINK_NAME = 3;
  private static final int LINK_MTU = 4;
  private static final int LINK_MASTER = 10;
  private static final int LINK_INFO = 18;
  private static final int LINK_FAMILIES = 26;
  private static final int LINK_GROUP = 27;
  private static final int LINK_NAMESPACE = 28;
  private static final int INET_SETTINGS = 1;
  private static final int SETTING_ARP_IGNORE = 19;
  private static final int INFO_KIND = 1;
  private static final int INFO_DATA = 2;
  private static final int INFO_SLAVE_KIND = 4;
  private static final int INFO_SLAVE_DATA = 5;
  private static final int VETH_PEER = 1;
  private static final int BRIDGE_PORT_HAIRPIN = 4;
  private static final int BRIDGE_PORT_ISOLATED = 33;

  private static final int ADDRESS_PEER = 1;
  private static final int ADDRESS_LOCAL = 2;
  private static final int ADDRESS_BROADCAST = 4;

  private static final int ROUTE_GATEWAY = 5;
  private static final byte TABLE_MAIN = (byte) 254;
  private static final byte PROTOCOL_BOOT = 3;
  private static final byte SCOPE_UNIVERSE = 0;
  private static final byte TYPE_UNICAST = 1;

  private static final int LINK_INDEX_OFFSET = NetlinkMessage.HEADER + 4;

  private final Netlink netlink;

  private Links(Netlink netlink) {
    this.netlink = netlink;
  }

  /** Those of the calling thread's network namespace, also when used from another thread later. */
  static Links open() {
    return new Links(Netlink.open(SystemCalls.NETLINK_ROUTE));
  }

  /** Makes a bridge, if there is none of that name yet, and sets its address and MTU. */
  void bridge(String name, MacAddress mac, int mtu) {
    NetlinkMessage create =
        new NetlinkMessage(NEW_LINK, CREATE | EXCLUSIVE)
            .link(0, 0, 0)
            .attribute(LINK_NAME, name)
            .nest(LINK_INFO, info -> info.attribute(INFO_KIND, "bridge"));
    int error = netlink.request(create);
    if (error != SystemCalls.EEXIST) {
      check(error, "cannot create bridge " + name);
    }
    NetlinkMessage configure =
        new NetlinkMessage(SET_LINK, 0)
            .link(0, IFF_UP, IFF_UP)
            .attribute(LINK_NAME, name)
            .attribute(LINK_ADDRESS, mac.bytes())
            .attribute(LINK_MTU, mtu);
    check(netlink.request(configure), "cannot configure bridge " + name);
  }

  /**
   * Makes a pair of connected interfaces: {@code name} here, up and in the bridge; {@code inside}
   * in the namespace of the descriptor, down.
   *
   * @param bridge index of the bridge, {@link #NO_BRIDGE} for none
   * @return {@code false} when an interface of that name exists
   */
  boolean veth(String name, int bridge, int mtu, int namespace, String inside, MacAddress mac) {
    NetlinkMessage create =
        new NetlinkMessage(NEW_LINK, CREATE | EXCLUSIVE)
            .link(0, IFF_UP, IFF_UP)
            .attribute(LINK_NAME, name)
            .attribute(LINK_MASTER, bridge)
            .attribute(LINK_MTU, mtu)
            .nest(
                LINK_INFO,
                info ->
                    info.attribute(INFO_KIND, "veth")
                        .nest(
                            INFO_DATA,
                            data ->
                                data.nest(
                                    VETH_PEER,
                                    peer ->
                                        peer.link(0, 0, 0)
                                            .attribute(LINK_NAME, inside)
                                            .attribute(LINK_ADDRESS, mac.bytes())
                                            .attribute(LINK_MTU, mtu)
                                            .attribute(LINK_NAMESPACE, namespace))));
    int error = netlink.request(create);
    if (error == SystemCalls.EEXIST) {
      return false;
    }
    check(error, "cannot create the veth pair " + name);
    return true;
  }

  /**
   * Makes an interface a port of a bridge.
   *
   * @param bridge its index, {@link #NO_BRIDGE} to make it no port of any
   */
  void bridgePort(String name, int bridge) {
    NetlinkMessage message =
        new NetlinkMessage(SET_LINK, 0)
            .link(0, 0, 0)
            .attribute(LINK_NAME, name)
            .attribute(LINK_MASTER, bridge);
    check(netlink.request(message), "cannot connect " + name + " with a bridge");
  }

  /**
   * Has the kernel answer nobody who asks for an address at this interface (ip-sysctl.rst, {@code
   * arp_ignore}). As the port of a bridge it does not anyway, but without one it would say that it
   * has the gateway's, and what is sent there would leave.
   */
  void answerNobody(String name) {
    int never = 8;
    NetlinkMessage message =
        new NetlinkMessage(SET_LINK, 0)
            .link(0, 0, 0)
            .attribute(LINK_NAME, name)
            .nest(
                LINK_FAMILIES,
                families ->
                    families.nest(
                        SystemCalls.AF_INET,
                        family ->
                            family.nest(
                                INET_SETTINGS,
                                settings -> settings.attribute(SETTING_ARP_IGNORE, never))));
    check(netlink.request(message), "cannot keep " + name + " from answering");
  }

  /** Lets a bridge send a frame back through the port that it came from. */
  void hairpin(String port) {
    switchOn(port, BRIDGE_PORT_HAIRPIN, "cannot set hairpin mode of " + port);
  }

  /** Keeps a port of a bridge from the other isolated ones; the bridge itself it still reaches. */
  void isolate(String port) {
    switchOn(port, BRIDGE_PORT_ISOLATED, "cannot isolate " + port);
  }

  private void switchOn(String port, int setting, String failure) {
    byte[] on = {1};
    NetlinkMessage message =
        new NetlinkMessage(NEW_LINK, 0)
            .link(0, 0, 0)
            .attribute(LINK_NAME, port)
            .nest(
                LINK_INFO,
                info ->
                    info.attribute(INFO_SLAVE_KIND, "bridge")
                        .nest(INFO_SLAVE_DATA, data -> data.attribute(setting, on)));
    check(netlink.request(message), failure);
  }

  /** The indexes of a bridge's ports, by their names. */
  Map<String, Integer> ports(int bridge) {
    NetlinkMessage request =
        new NetlinkMessage(GET_LINK, Netlink.DUMP).link(0, 0, 0).attribute(LINK_MASTER, bridge);
    Map<String, Integer> ports = new HashMap<>();
    for (ByteBuffer reply : netlink.dump(request)) {
      NetlinkAttributes attributes = new NetlinkAttributes(reply, ATTRIBUTES_OFFSET);
      if (attributes.number(LINK_MASTER).equals(Optional.of(bridge))) {
        attributes
            .text(LINK_NAME)
            .ifPresent(name -> ports.put(name, reply.getInt(LINK_INDEX_OFFSET)));
      }
    }
    return ports;
  }

  /** Whether there is an interface of that name. */
  boolean exists(String name) {
    ByteBuffer answer =
        netlink.query(new NetlinkMessage(GET_LINK, 0).link(0, 0, 0).attribute(LINK_NAME, name));
    int error = Netlink.error(answer);
    if (error != SystemCalls.ENODEV) {
      check(error, "cannot look for interface " + name);
    }
    return error == 0;
  }

  /** Deletes an interface; harmless when there is none of that name. */
  void delete(String name) {
    int error =
        netlink.request(
            new NetlinkMessage(DELETE_LINK, 0).link(0, 0, 0).attribute(LINK_NAME, name));
    if (error != SystemCalls.ENODEV) {
      check(error, "cannot delete interface " + name);
    }
  }

  /** The index of the interface of that name. */
  int index(String name) {
    ByteBuffer answer =
        netlink.query(new NetlinkMessage(GET_LINK, 0).link(0, 0, 0).attribute(LINK_NAME, name));
    check(Netlink.error(answer), "no interface " + name);
    return answer.getInt(LINK_INDEX_OFFSET);
  }

  /** An interface's Ethernet address. */
  MacAddress mac(int index) {
    ByteBuffer answer = netlink.query(new NetlinkMessage(GET_LINK, 0).link(index, 0, 0));
    check(Netlink.error(answer), "no interface " + index);
    return new NetlinkAttributes(answer, ATTRIBUTES_OFFSET).mac(LINK_ADDRESS).orElseThrow();
  }

  void up(int index) {
    int error = netlink.request(new NetlinkMessage(SET_LINK, 0).link(index, IFF_UP, IFF_UP));
    check(error, "cannot bring interface " + index + " up");
  }

  /** Gives the interface an address; one that it has already is kept. */
  void address(int index, Ipv4 address, Subnet subnet) {
    int error =
        netlink.request(
            new NetlinkMessage(NEW_ADDRESS, CREATE | REPLACE)
                .fixed((byte) SystemCalls.AF_INET, (byte) subnet.prefixLength(), (byte) 0, (byte) 0)
                .fixed(index)
                .attribute(ADDRESS_LOCAL, address.bytes())
                .attribute(ADDRESS_PEER, address.bytes())
                .attribute(ADDRESS_BROADCAST, subnet.broadcast().bytes()));
    check(error, "cannot give interface " + index + " the address " + address);
  }

  void defaultRoute(Ipv4 gateway) {
    byte none = 0;
    int error =
        netlink.request(
            new NetlinkMessage(NEW_ROUTE, CREATE | REPLACE)
                .fixed((byte) SystemCalls.AF_INET, none, none, none)
                .fixed(TABLE_MAIN, PROTOCOL_BOOT, SCOPE_UNIVERSE, TYPE_UNICAST)
                .fixed(0)
                .attribute(ROUTE_GATEWAY, gateway.bytes()));
    check(error, "cannot route through " + gateway);
  }

  /** Takes the default route away; harmless when there is none. */
  void noDefaultRoute() {
    byte none = 0;
    int error =
        netlink.request(
            new NetlinkMessage(DELETE_ROUTE, 0)
                .fixed((byte) SystemCalls.AF_INET, none, none, none)
                .fixed(TABLE_MAIN, none, SCOPE_UNIVERSE, none)
                .fixed(0));
    if (error != SystemCalls.ESRCH) {
      check(error, "cannot take the default route away");
    }
  }

  /**
   * Cuts an interface off at once and marks it for {@link #deleteRetired}.
   *
   * @return {@code false} when there is none of that name
   */
  boolean retire(String name) {
    NetlinkMessage message =
        new NetlinkMessage(SET_LINK, 0)
            .link(0, 0, IFF_UP)
            .attribute(LINK_NAME, name)
            .attribute(LINK_GROUP, RETIRED_GROUP);
    int error = netlink.request(message);
    if (error == SystemCalls.ENODEV) {
      return false;
    }
    check(error, "cannot retire interface " + name);
    return true;
  }

  /** Renames a retired interface, so that its name is free before it is deleted. */
  void renameRetired(String name) {
    NetlinkMessage message =
        new NetlinkMessage(SET_LINK, 0)
            .link(index(name), 0, 0)
            .attribute(LINK_NAME, "flotax%d"); // the kernel puts a free number in
    check(netlink.request(message), "cannot rename interface " + name);
  }

  /** Deletes all retired interfaces in one go; takes some 20 ms of the kernel's grace periods. */
  void deleteRetired() {
    NetlinkMessage message =
        new NetlinkMessage(DELETE_LINK, 0).link(0, 0, 0).attribute(LINK_GROUP, RETIRED_GROUP);
    int error = netlink.request(message);
    if (error != SystemCalls.ENODEV) {
      check(error, "cannot delete retired interfaces");
    }
  }

  private static void check(int error, String failure) {
    if (error != 0) {
      throw EngineException.system(failure + ": " + SystemCalls.strerror(error));
    }
  }

  @Override
  public void close() {
    netlink.close();
  }
}
