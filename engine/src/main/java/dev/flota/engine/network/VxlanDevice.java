package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** The VXLAN device of a network (rtnetlink; {@code linux/if_link.h}, IFLA_VXLAN). */
final class VxlanDevice {
  private static final int NEW_LINK = 16;
  private static final int GET_LINK = 18;
  private static final int EXCLUSIVE_CREATE = 0x600;
  private static final int IFF_UP = 1;
  private static final int LINK_NAME = 3;
  private static final int LINK_MTU = 4;
  private static final int LINK_MASTER = 10;
  private static final int LINK_INFO = 18;
  private static final int INFO_KIND = 1;
  private static final int INFO_DATA = 2;
  private static final int VXLAN_ID = 1;
  private static final int VXLAN_LOCAL = 4;
  private static final int VXLAN_LEARNING = 7;
  private static final int VXLAN_PORT = 15;

  private final Netlink netlink;
  private final OverlayPlan plan;

  VxlanDevice(Netlink netlink, OverlayPlan plan) {
    this.netlink = netlink;
    this.plan = plan;
  }

  /** Whether there is one with the plan's identifier, underlay address and port. */
  boolean present() {
    ByteBuffer answer =
        netlink.query(
            new NetlinkMessage(GET_LINK, 0).link(0, 0, 0).attribute(LINK_NAME, plan.device()));
    int error = Netlink.error(answer);
    if (error != 0 && error != SystemCalls.ENODEV) {
      throw failure("find", error);
    }
    if (error != 0) {
      return false;
    }
    NetlinkAttributes data =
        new NetlinkAttributes(answer, Links.ATTRIBUTES_OFFSET).nested(LINK_INFO).nested(INFO_DATA);
    return data.number(VXLAN_ID).equals(Optional.of(plan.vni()))
        && data.address(VXLAN_LOCAL).equals(Optional.of(plan.underlay()))
        && data.port(VXLAN_PORT).equals(Optional.of(plan.port()));
  }

  /** Makes it, down and without peers. */
  void create() {
    byte[] on = {1};
    byte[] port =
        ByteBuffer.allocate(Short.BYTES)
            .order(ByteOrder.BIG_ENDIAN)
            .putShort((short) plan.port())
            .array();
    NetlinkMessage message =
        new NetlinkMessage(NEW_LINK, EXCLUSIVE_CREATE)
            .link(0, 0, 0)
            .attribute(LINK_NAME, plan.device())
            .attribute(LINK_MTU, plan.mtu())
            .nest(
                LINK_INFO,
                info ->
                    info.attribute(INFO_KIND, "vxlan")
                        .nest(
                            INFO_DATA,
                            data ->
                                data.attribute(VXLAN_ID, plan.vni())
                                    .attribute(VXLAN_LOCAL, plan.underlay().bytes())
                                    .attribute(VXLAN_LEARNING, on)
                                    .attribute(VXLAN_PORT, port)));
    check(netlink.request(message), "create");
  }

  /** Brings it up as a port of the bridge; harmless when it is. */
  void connect(int bridge) {
    NetlinkMessage message =
        new NetlinkMessage(NEW_LINK, 0)
            .link(0, IFF_UP, IFF_UP)
            .attribute(LINK_NAME, plan.device())
            .attribute(LINK_MTU, plan.mtu())
            .attribute(LINK_MASTER, bridge);
    check(netlink.request(message), "connect");
  }

  private void check(int error, String verb) {
    if (error != 0) {
      throw failure(verb, error);
    }
  }

  private EngineException failure(String verb, int error) {
    return EngineException.system(
        "cannot %s the VXLAN device %s (VNI %d, UDP port %d): %s"
            .formatted(verb, plan.device(), plan.vni(), plan.port(), SystemCalls.strerror(error)));
  }
}
