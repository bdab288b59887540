package dev.flota.engine.network;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The rules that let every host be the gateway of its containers: one table {@code bridge flota}
 * for all networks of the host, with sets, so that a frame takes the same few look-ups whatever the
 * number of networks.
 *
 * <ul>
 *   <li>The bridge has an Ethernet address of its own. Frames to the gateway's are taken for it: so
 *       the host routes them as if they had come to the bridge, no second device is needed, and
 *       what the packet filter sees of containers comes from the bridge in every kind of network.
 *   <li>The host answers for the gateway with the gateway's Ethernet address; nobody else can:
 *       neither another host, nor a container that claims to be the gateway or the host.
 *   <li>Nothing to or from the gateway crosses a VXLAN device.
 *   <li>No container sends VXLAN packets by way of the host, which would put what it likes into any
 *       network.
 * </ul>
 */
final class OverlayRules {
  private static final String EMPTY =
      """
      add table bridge flota
      delete table bridge flota
      """;

  private final Firewall firewall;
  private final Map<String, OverlayPlan> plans = new LinkedHashMap<>();

  /** Nothing is changed before one of the methods is called. */
  OverlayRules(Firewall firewall) {
    this.firewall = firewall;
  }

  /** When the daemon starts: these networks, and no others that it may have left. */
  synchronized void restore(Collection<OverlayPlan> living) {
    Map<String, OverlayPlan> wanted = new LinkedHashMap<>();
    living.forEach(plan -> wanted.put(plan.bridge(), plan));
    apply(wanted);
  }

  /** Adds a network, or changes it. */
  synchronized void put(OverlayPlan plan) {
    if (!plan.equals(plans.get(plan.bridge()))) {
      Map<String, OverlayPlan> wanted = new LinkedHashMap<>(plans);
      wanted.put(plan.bridge(), plan);
      apply(wanted);
    }
  }

  /** Removes a network; harmless when it is not there. */
  synchronized void remove(OverlayPlan plan) {
    Map<String, OverlayPlan> wanted = new LinkedHashMap<>(plans);
    wanted.remove(plan.bridge());
    apply(wanted);
  }

  private void apply(Map<String, OverlayPlan> wanted) {
    firewall.apply(script(wanted.values()));
    plans.clear();
    plans.putAll(wanted);
  }

  /** Replaces the table in one transaction: there is no moment without rules. */
  static String script(Collection<OverlayPlan> plans) {
    if (plans.isEmpty()) {
      return EMPTY;
    }
    return EMPTY
        + """
        table bridge flota {
          map gateways { type ether_addr : ether_addr; elements = { %1$s } }
          map answers { type ipv4_addr : ether_addr; elements = { %2$s } }
          set own { type ether_addr; elements = { %3$s } }
          set own_addresses { type ipv4_addr; elements = { %4$s } }
          chain prerouting {
            type filter hook prerouting priority -300; policy accept;
            ether saddr @own drop
            arp saddr ip @own_addresses drop
            iifname "%5$s*" arp daddr ip @answers drop
            iifname "%5$s*" ether daddr @gateways drop
            ether daddr @own udp dport { %6$s } drop
            ether daddr @gateways meta pkttype set host ether daddr set ether daddr map @gateways
          }
          chain postrouting {
            type filter hook postrouting priority 300; policy accept;
            oifname "%5$s*" ether saddr @gateways drop
            oifname "%5$s*" ether daddr @gateways drop
            oifname "%5$s*" arp saddr ip @answers drop
            oifname "%5$s*" arp daddr ip @answers drop
            arp saddr ip @answers arp saddr ether set arp saddr ip map @answers
          }
        }
        """
            .formatted(
                elements(plans, plan -> Stream.of(plan.gatewayMac() + " : " + plan.hostMac())),
                elements(plans, plan -> Stream.of(plan.gateway() + " : " + plan.gatewayMac())),
                elements(plans, plan -> Stream.of(plan.gatewayMac(), plan.hostMac())),
                elements(plans, plan -> Stream.of(plan.gateway(), plan.host())),
                OverlayPlan.DEVICE_PREFIX,
                plans.stream()
                    .map(plan -> String.valueOf(plan.port()))
                    .distinct()
                    .collect(Collectors.joining(", ")));
  }

  private static String elements(
      Collection<OverlayPlan> plans, Function<OverlayPlan, Stream<?>> each) {
    return plans.stream().flatMap(each).map(String::valueOf).collect(Collectors.joining(", "));
  }
}
