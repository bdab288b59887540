package dev.flota.engine.network;

import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The packet filter rules of this host's networks, as nftables scripts: one table {@code ip flota}.
 *
 * <p>Published ports are elements of maps, not rules: publishing one changes one element, whatever
 * else is published, and finding the container of a packet takes one look-up. A map per protocol
 * holds the ports that answer on all addresses, another those of one address only. Networks are
 * elements of sets for what each packet meets; when there is one more or less the table is replaced
 * as a whole.
 *
 * <ul>
 *   <li>{@code raw}: from a network nobody reaches the host's loopback addresses, which {@code
 *       route_localnet} would let through;
 *   <li>{@code prerouting}, {@code output}: packets to the host's own addresses, from outside, from
 *       containers and from the host itself, go to the container;
 *   <li>{@code prerouting} before that: what containers ask a gateway goes to the name server, even
 *       where a container publishes port 53 or a program of the host has it;
 *   <li>{@code postrouting}: containers reach the world as the host; what comes from a loopback
 *       address or from a container to a published port is masqueraded, else the answer would not
 *       come back this way;
 *   <li>{@code forward}: from outside, and from one network to another, only published ports and
 *       answers reach containers; nothing leaves an internal network.
 * </ul>
 */
record Ruleset(List<NetworkRules> networks) {
  private static final int NAME_PORT = 53;

  /** Replaces the table in one transaction: there is no moment without rules. */
  String replace(Collection<Forward> forwards) {
    return """
    add table ip flota
    delete table ip flota
    table ip flota {
    %s
    %s
      chain raw {
        type filter hook prerouting priority -300; policy accept;
        iifname @members ip daddr 127.0.0.0/8 drop
      }
      chain published {
    %s
      }
      chain prerouting {
        type nat hook prerouting priority -100; policy accept;
    %s
        fib daddr type local jump published
      }
      chain output {
        type nat hook output priority -100; policy accept;
        fib daddr type local jump published
      }
      chain postrouting {
        type nat hook postrouting priority 100; policy accept;
    %s
      }
      chain forward {
        type filter hook forward priority 0; policy accept;
        ct state established,related accept
        iifname . oifname @same accept
        iifname @internal drop
        oifname @internal drop
        oifname @members ct status dnat accept
        oifname @members drop
      }
    }
    %s"""
        .formatted(
            sets(),
            perProtocol(
                """
                  map %1$s_any { type inet_service : ipv4_addr . inet_service; }
                  map %1$s_at { type ipv4_addr . inet_service : ipv4_addr . inet_service; }\
                """),
            perProtocol(
                """
                    dnat ip to ip daddr . %1$s dport map @%1$s_at
                    dnat ip to %1$s dport map @%1$s_any\
                """),
            perProtocol(
                "    iifname @members ip daddr @gateways %%1$s dport %d dnat to :%d"
                    .formatted(NAME_PORT, Networks.NAME_SERVER_PORT),
                List.of(Protocol.UDP, Protocol.TCP)),
            networks.stream()
                .flatMap(Ruleset::translations)
                .map("    %s"::formatted)
                .collect(Collectors.joining("\n")),
            add(forwards));
  }

  private String sets() {
    return Stream.of(
            set("members", "ifname", interfaces(network -> true)),
            set("internal", "ifname", interfaces(NetworkRules::internal)),
            set("same", "ifname . ifname", pairs()),
            set(
                "gateways",
                "ipv4_addr",
                networks.stream().map(network -> network.gateway().toString())))
        .collect(Collectors.joining("\n"));
  }

  private static String set(String name, String type, Stream<String> elements) {
    String all = elements.sorted().collect(Collectors.joining(", "));
    return "  set %s { type %s;%s }"
        .formatted(name, type, all.isEmpty() ? "" : " elements = { " + all + " };");
  }

  private Stream<String> interfaces(Predicate<NetworkRules> which) {
    return networks.stream()
        .filter(which)
        .flatMap(network -> network.interfaces().stream())
        .map("\"%s\""::formatted);
  }

  private Stream<String> pairs() {
    Function<NetworkRules, Stream<String>> pairs =
        network ->
            network.interfaces().stream()
                .flatMap(
                    in ->
                        network.interfaces().stream()
                            .map(out -> "\"%s\" . \"%s\"".formatted(in, out)));
    return networks.stream().filter(NetworkRules::talking).flatMap(pairs);
  }

  private static Stream<String> translations(NetworkRules network) {
    String devices =
        network.interfaces().stream()
            .sorted()
            .map("\"%s\""::formatted)
            .collect(Collectors.joining(", ", "{ ", " }"));
    String inwards =
        network.hostAddress() == null
            ? "oifname %s ct status dnat ip saddr { 127.0.0.0/8, %s } masquerade"
                .formatted(devices, network.subnet())
            : "oifname %s ct status dnat snat to %s".formatted(devices, network.hostAddress());
    String outwards = "oifname != %s ip saddr %s masquerade".formatted(devices, network.subnet());
    return network.masquerade() && !network.internal()
        ? Stream.of(inwards, outwards)
        : Stream.of(inwards);
  }

  private static String perProtocol(String template) {
    return perProtocol(template, List.of(Protocol.values()));
  }

  private static String perProtocol(String template, List<Protocol> protocols) {
    return protocols.stream().map(template::formatted).collect(Collectors.joining("\n"));
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
