package dev.flota.engine.network;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The packet filter rules of one network, as nftables scripts: one table {@code ip flota}.
 *
 * <p>Published ports are elements of maps, not rules: publishing one changes one element, whatever
 * else is published, and finding the container of a packet takes one look-up. A map per protocol
 * holds the ports that answer on all addresses, another those of one address only.
 *
 * <ul>
 *   <li>{@code raw}: from the bridge nobody reaches the host's loopback addresses, which {@code
 *       route_localnet} would let through;
 *   <li>{@code prerouting}, {@code output}: packets to the host's own addresses, from outside, from
 *       containers and from the host itself, go to the container;
 *   <li>{@code postrouting}: containers reach the world as the host; what comes from a loopback
 *       address or from a container to a published port is masqueraded, else the answer would not
 *       come back this way;
 *   <li>{@code forward}: from outside only published ports and answers reach containers.
 * </ul>
 *
 * @param device the bridge
 */
record Ruleset(String device, Subnet subnet) {

  /** Replaces the table in one transaction: there is no moment without rules. */
  String replace(Collection<Forward> forwards) {
    return """
    add table ip flota
    delete table ip flota
    table ip flota {
    %s
      chain raw {
        type filter hook prerouting priority -300; policy accept;
        iifname "%s" ip daddr 127.0.0.0/8 drop
      }
      chain published {
    %s
      }
      chain prerouting {
        type nat hook prerouting priority -100; policy accept;
        fib daddr type local jump published
      }
      chain output {
        type nat hook output priority -100; policy accept;
        fib daddr type local jump published
      }
      chain postrouting {
        type nat hook postrouting priority 100; policy accept;
        oifname "%s" ct status dnat ip saddr { 127.0.0.0/8, %s } masquerade
        oifname != "%s" ip saddr %s masquerade
      }
      chain forward {
        type filter hook forward priority 0; policy accept;
        iifname != "%s" oifname "%s" jump inbound
      }
      chain inbound {
        ct state established,related accept
        ct status dnat accept
        drop
      }
    }
    %s"""
        .formatted(
            perProtocol(
                """
                  map %1$s_any { type inet_service : ipv4_addr . inet_service; }
                  map %1$s_at { type ipv4_addr . inet_service : ipv4_addr . inet_service; }\
                """),
            device,
            perProtocol(
                """
                    dnat ip to ip daddr . %1$s dport map @%1$s_at
                    dnat ip to %1$s dport map @%1$s_any\
                """),
            device,
            subnet,
            device,
            subnet,
            device,
            device,
            add(forwards));
  }

  private static String perProtocol(String template) {
    return List.of(Protocol.values()).stream()
        .map(template::formatted)
        .collect(Collectors.joining("\n"));
  }

  /** Adds elements, all or none. */
  String add(Collection<Forward> forwards) {
    return forwards.stream()
        .map(
            forward ->
                "add element ip flota %s { %s : %s . %d }\n"
                    .formatted(
                        map(forward.from()),
                        key(forward.from()),
                        forward.container(),
                        forward.containerPort()))
        .collect(Collectors.joining());
  }

  /** Deletes elements, all or none. */
  String delete(Collection<Forward> forwards) {
    return forwards.stream()
        .map(
            forward ->
                "delete element ip flota %s { %s }\n"
                    .formatted(map(forward.from()), key(forward.from())))
        .collect(Collectors.joining());
  }

  private static String map(HostPort port) {
    return port.protocol() + (port.address().equals(Ipv4.ANY) ? "_any" : "_at");
  }

  private static String key(HostPort port) {
    return port.address().equals(Ipv4.ANY)
        ? String.valueOf(port.number())
        : port.address() + " . " + port.number();
  }
}
