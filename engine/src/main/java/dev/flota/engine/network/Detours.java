package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends packets of containers that have come here to the hosts by which their flows left the fleet:
 * one table {@code ip flota_detours}, that sees packets before connections are tracked. Those hosts
 * remember the flows with their translation, and what comes back finds the container by its network
 * as ever. A flow that begins anew goes straight out. Thread-safe.
 */
final class Detours {
  private static final String EMPTY =
      """
      add table ip flota_detours
      delete table ip flota_detours
      """;

  /** One transaction, which leaves nothing. */
  private static final String TRIAL =
      """
      add table ip flota_trial
      add chain ip flota_trial prerouting { type filter hook prerouting priority -310; }
      add rule ip flota_trial prerouting dup to 127.0.0.1
      delete table ip flota_trial
      """;

  private static final Logger LOG = LoggerFactory.getLogger(Detours.class);

  private final Firewall firewall;
  private final Map<String, List<Detour>> containers = new HashMap<>();

  /** None; what an earlier daemon left stays until the first call. */
  Detours(Firewall firewall) {
    this.firewall = firewall;
  }

  /** Whether the kernel can do it. */
  boolean possible() {
    try {
      firewall.apply(TRIAL);
      return true;
    } catch (EngineException e) {
      LOG.info("packets cannot be sent by another host: {}", e.text());
      return false;
    }
  }

  /** When the daemon starts: these, by container, and no others. */
  synchronized void restore(Map<String, List<Detour>> living) {
    apply(living);
  }

  /** Makes these a container's. */
  synchronized void put(String container, List<Detour> detours) {
    if (!detours.equals(of(container))) {
      Map<String, List<Detour>> wanted = new HashMap<>(containers);
      wanted.put(container, detours);
      apply(wanted);
    }
  }

  private void apply(Map<String, List<Detour>> wanted) {
    firewall.apply(script(wanted.values().stream().flatMap(Collection::stream).toList()));
    containers.clear();
    wanted.forEach(
        (container, detours) -> {
          if (!detours.isEmpty()) {
            containers.put(container, detours);
          }
        });
  }

  /** A container's. */
  synchronized List<Detour> of(String container) {
    return containers.getOrDefault(container, List.of());
  }

  /** Replaces the table in one transaction. */
  static String script(Collection<Detour> detours) {
    if (detours.isEmpty()) {
      return EMPTY;
    }
    String key = "ip saddr . meta l4proto . th sport . ip daddr . th dport";
    return EMPTY
        + """
        table ip flota_detours {
          map hosts {
            type ipv4_addr . inet_proto . inet_service . ipv4_addr . inet_service : ipv4_addr
            elements = { %1$s }
          }
          chain prerouting {
            type filter hook prerouting priority -310; policy accept;
            tcp flags & (syn | ack) == syn return
            dup to %2$s map @hosts
            %2$s @hosts drop
          }
        }
        """
            .formatted(
                detours.stream().distinct().map(Detours::element).collect(Collectors.joining(", ")),
                key);
  }

  private static String element(Detour detour) {
    Flow flow = detour.flow();
    return Stream.of(flow.from(), flow.protocol(), flow.fromPort(), flow.to(), flow.toPort())
            .map(String::valueOf)
            .collect(Collectors.joining(" . "))
        + " : "
        + detour.via();
  }
}
