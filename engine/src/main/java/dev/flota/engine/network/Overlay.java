package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.network.InterfaceAddresses.Assigned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/**
 * One network of the fleet on this host: its bridge, joined to those of the other hosts by VXLAN
 * (RFC 7348). All methods act in the network namespace of the calling thread; they block for less
 * than a millisecond, and setting up for a few.
 *
 * <p>The bridge has an Ethernet and an IP address of its own, {@link OverlayPlan#host}, from which
 * the host talks to containers: whatever it forwards to one on another host is answered to this
 * host, before and after that one moves. The gateway's address is on the bridge of every host, and
 * {@link OverlayRules} keeps it apart from the other hosts'. So the masquerading and the published
 * ports of a bridge that stands alone work unchanged.
 *
 * <p>Where a container is, the other hosts learn from its frames; {@link #announce} spares them the
 * wait for one.
 */
final class Overlay {
  private static final Path IPV4 = Path.of("/proc/sys/net/ipv4/conf");
  private static final Path IPV6 = Path.of("/proc/sys/net/ipv6/conf");
  private static final Path INTERFACES = Path.of("/proc/thread-self/net/dev");
  private static final int HOST_PREFIX = Integer.SIZE;

  private final OverlayPlan plan;
  private final OverlayRules rules;

  private Overlay(OverlayPlan plan, OverlayRules rules) {
    this.plan = plan;
    this.rules = rules;
  }

  /**
   * Sets the network up, or takes over what is there, without disturbing it where nothing differs.
   * A bridge that stood alone, its containers attached, becomes a part of the overlay; connections
   * that were masqueraded to its containers break then.
   */
  static Overlay open(OverlayPlan plan, OverlayRules rules) {
    Overlay overlay = new Overlay(plan, rules);
    try (Links links = Links.open();
        Netlink netlink = Netlink.open(SystemCalls.NETLINK_ROUTE)) {
      overlay.join(links, netlink);
    }
    return overlay;
  }

  private void join(Links links, Netlink netlink) {
    if (!links.exists(plan.bridge())) {
      links.bridge(plan.bridge(), plan.hostMac(), plan.mtu());
    }
    configureBridge();
    rules.put(plan);
    links.bridge(plan.bridge(), plan.hostMac(), plan.mtu());
    int bridge = links.index(plan.bridge());
    new InterfaceAddresses(netlink, bridge)
        .set(
            List.of(
                new Assigned(plan.host(), plan.subnet().prefixLength()),
                new Assigned(plan.gateway(), HOST_PREFIX)));
    VxlanDevice vxlan = new VxlanDevice(netlink, plan);
    if (!vxlan.present()) {
      links.delete(plan.device());
      vxlan.create();
    }
    disableIpv6(plan.bridge()); // the hosts' link-local chatter is nobody's business
    disableIpv6(plan.device());
    vxlan.connect(bridge);
  }

  private void configureBridge() {
    Path settings = IPV4.resolve(plan.bridge());
    set(settings.resolve("arp_ignore"), "1"); // the host's other addresses are not on this network
    set(settings.resolve("arp_announce"), "2"); // never ask as the gateway: all hosts are it
    set(settings.resolve("promote_secondaries"), "1");
  }

  private static void disableIpv6(String device) {
    Path file = IPV6.resolve(device).resolve("disable_ipv6");
    if (Files.exists(file)) {
      set(file, "1");
    }
  }

  private static void set(Path file, String value) {
    try {
      Files.writeString(file, value, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw EngineException.system("cannot set " + file + ": " + e.getMessage(), e);
    }
  }

  OverlayPlan plan() {
    return plan;
  }

  /** Makes these the other hosts: the underlay addresses of all that have this network. */
  void peers(Set<Ipv4> underlayAddresses) {
    forward(table -> table.peers(underlayAddresses));
  }

  /** Where a container is, or was, is learned anew: who sends to it asks all hosts until then. */
  void forget(MacAddress mac) {
    forward(table -> table.forget(mac));
  }

  /**
   * The same, but what is sent to it from here goes to no host before it is heard of on one. For
   * when it is cut off or connected: it could else come by two ways.
   */
  void sendNowhere(MacAddress mac) {
    forward(table -> table.sendNowhere(mac));
  }

  private void forward(Consumer<ForwardingTable> change) {
    try (Links links = Links.open();
        Netlink netlink = Netlink.open(SystemCalls.NETLINK_ROUTE)) {
      change.accept(new ForwardingTable(netlink, links.index(plan.device())));
    }
  }

  /**
   * Tells all hosts at once that a container of this host has started or arrived. It is one frame
   * to each, which may get lost: a caller that must be sure repeats it, but not after the container
   * has moved on.
   */
  void announce(Ipv4 address, MacAddress mac) {
    try (Links links = Links.open()) {
      GratuitousArp.send(links.index(plan.bridge()), address, mac);
    }
  }

  /**
   * Cuts the network off from the other hosts: the bridge stands alone, with the gateway's
   * addresses, and its containers keep their connections to this host and the world.
   */
  void standAlone() {
    try (Links links = Links.open();
        Netlink netlink = Netlink.open(SystemCalls.NETLINK_ROUTE)) {
      links.delete(plan.device());
      rules.remove(plan);
      links.bridge(plan.bridge(), plan.gatewayMac(), plan.mtu());
      new InterfaceAddresses(netlink, links.index(plan.bridge()))
          .set(List.of(new Assigned(plan.gateway(), plan.subnet().prefixLength())));
    }
  }

  /** Removes all, the bridge too; harmless when it is gone. */
  void remove() {
    try (Links links = Links.open()) {
      links.delete(plan.device());
      links.delete(plan.bridge());
    }
    rules.remove(plan);
  }

  /** Deletes the VXLAN devices of networks that are no more: all but those of the wanted VNIs. */
  static void removeOthers(IntPredicate wanted) {
    try (Links links = Links.open();
        Stream<String> lines = Files.lines(INTERFACES)) {
      lines
          .map(line -> line.substring(0, Math.max(0, line.indexOf(':'))).strip())
          .filter(name -> name.matches(OverlayPlan.DEVICE_PREFIX + "[0-9]{1,8}"))
          .filter(
              name ->
                  !wanted.test(
                      Integer.parseInt(name.substring(OverlayPlan.DEVICE_PREFIX.length()))))
          .toList()
          .forEach(links::delete);
    } catch (IOException e) {
      throw EngineException.system("cannot look for left networks: " + e.getMessage(), e);
    }
  }
}
