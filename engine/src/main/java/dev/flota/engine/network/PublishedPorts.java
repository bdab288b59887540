package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.EndpointRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's published ports: which are given to whom, held against other processes, and in force
 * in the packet filter. Thread-safe.
 *
 * <p>All is derived from the containers' records: {@link #restore} begins with what they say was in
 * force, so a daemon that comes back finds the rules it left working and takes them over.
 */
final class PublishedPorts {
  private static final Logger LOG = LoggerFactory.getLogger(PublishedPorts.class);

  private final Ruleset ruleset;
  private final Firewall firewall;
  private final PortHolder holder;
  private final Flows flows;
  private final PortRange ephemeral;
  private final Map<HostPort, Forward> forwards = new LinkedHashMap<>();
  private final Map<HostPort, PortHolder.Held> held = new HashMap<>();
  private final Map<String, List<HostPort>> owners = new HashMap<>();
  private int lastEphemeral;

  /**
   * Nothing is in force yet.
   *
   * @param ephemeral where ports come from that nobody chose
   */
  PublishedPorts(
      Ruleset ruleset, Firewall firewall, PortHolder holder, Flows flows, PortRange ephemeral) {
    this.ruleset = ruleset;
    this.firewall = firewall;
    this.holder = holder;
    this.flows = flows;
    this.ephemeral = ephemeral;
    this.lastEphemeral = ephemeral.last();
  }

  /** Puts the rules and what was published by living containers in force, by container id. */
  synchronized void restore(Map<String, List<Forward>> living) {
    living.forEach(
        (container, wanted) -> {
          for (Forward forward : wanted) {
            forwards.put(forward.from(), forward);
            owners.computeIfAbsent(container, id -> new ArrayList<>()).add(forward.from());
            holdAgain(forward.from());
          }
        });
    firewall.apply(ruleset.replace(forwards.values()));
  }

  private void holdAgain(HostPort port) {
    try {
      held.put(port, holder.hold(port));
    } catch (PortUnavailableException e) {
      LOG.warn("Port {} is published by a container, but held elsewhere: {}", port, e.reason());
    }
  }

  /**
   * Publishes a container's ports, all or none.
   *
   * @return what is in force, by Docker's form of the container port
   * @throws EngineException when a port is taken, in Docker's words
   */
  synchronized Map<String, List<EndpointRecord.Published>> publish(
      String container, Ipv4 address, List<PortWish> wishes) {
    List<Forward> chosen = new ArrayList<>();
    try {
      for (PortWish wish : wishes) {
        chosen.add(choose(wish, address));
      }
      putInForce(chosen);
    } catch (RuntimeException e) {
      chosen.forEach(forward -> forget(forward.from()));
      throw e;
    }
    if (!chosen.isEmpty()) {
      owners
          .computeIfAbsent(container, id -> new ArrayList<>())
          .addAll(chosen.stream().map(Forward::from).toList());
    }
    return published(wishes, chosen);
  }

  /** Ends what a container publishes; harmless when that is nothing. */
  synchronized void unpublish(String container) {
    List<HostPort> ports = owners.remove(container);
    if (ports == null) {
      return;
    }
    List<Forward> ended = ports.stream().map(port -> require(forwards.remove(port))).toList();
    try {
      change(ruleset.delete(ended));
      ended.stream().map(Forward::container).distinct().forEach(flows::forgetOf);
    } finally {
      ports.forEach(this::forget);
    }
  }

  /** Lets the ports go that are held; the rules stay in force for the containers that live on. */
  synchronized void close() {
    held.values().forEach(PortHolder.Held::close);
    held.clear();
  }

  private Forward choose(PortWish wish, Ipv4 container) {
    PortRange range = wish.hostPorts().any() ? ephemeral : wish.hostPorts();
    int first = wish.hostPorts().any() ? successor(lastEphemeral) : range.first();
    int[] candidates =
        IntStream.concat(
                IntStream.rangeClosed(first, range.last()), IntStream.range(range.first(), first))
            .toArray();
    for (int number : candidates) {
      HostPort port = new HostPort(wish.port().protocol(), wish.hostIp(), number);
      if (take(port, wish, container)) {
        if (wish.hostPorts().any()) {
          lastEphemeral = number;
        }
        Forward forward = new Forward(port, container, wish.port().number());
        forwards.put(port, forward);
        return forward;
      }
    }
    throw EngineException.system("all ports are allocated");
  }

  private int successor(int port) {
    return port >= ephemeral.last() ? ephemeral.first() : port + 1;
  }

  /** Whether the port is ours now; a single one that is not is an error. */
  private boolean take(HostPort port, PortWish wish, Ipv4 container) {
    boolean last = wish.hostPorts().single() && !wish.hostPorts().any();
    if (forwards.containsKey(port)) {
      if (last) {
        throw EngineException.system("Bind for " + port + " failed: port is already allocated");
      }
      return false;
    }
    try {
      held.put(port, holder.hold(port));
      return true;
    } catch (PortUnavailableException e) {
      if (last) {
        throw EngineException.system(
            "failed to bind host port for %s:%s:%s: %s"
                .formatted(port, container, wish.port(), e.reason()));
      }
      return false;
    }
  }

  private void putInForce(List<Forward> chosen) {
    if (!chosen.isEmpty()) {
      change(ruleset.add(chosen));
    }
    // A TCP flow ends when nobody answers; a datagram flow would go on past the new rule.
    chosen.stream()
        .map(Forward::from)
        .filter(port -> port.protocol() == Protocol.UDP)
        .forEach(flows::forgetTo);
  }

  /** Somebody may have flushed the rules: then the whole table is made anew. */
  private void change(String script) {
    try {
      firewall.apply(script);
    } catch (EngineException e) {
      LOG.warn("The packet filter refused a change, its table is made anew: {}", e.text());
      firewall.apply(ruleset.replace(forwards.values()));
    }
  }

  private void forget(HostPort port) {
    forwards.remove(port);
    PortHolder.Held socket = held.remove(port);
    if (socket != null) {
      socket.close();
    }
  }

  private static Map<String, List<EndpointRecord.Published>> published(
      List<PortWish> wishes, List<Forward> chosen) {
    Map<String, List<EndpointRecord.Published>> result = new TreeMap<>();
    for (int i = 0; i < wishes.size(); i++) {
      HostPort port = chosen.get(i).from();
      result
          .computeIfAbsent(wishes.get(i).port().toString(), name -> new ArrayList<>())
          .add(new EndpointRecord.Published(port.address().toString(), port.number()));
    }
    return result;
  }

  private static Forward require(@Nullable Forward forward) {
    if (forward == null) {
      throw new IllegalStateException("a port with an owner is in force");
    }
    return forward;
  }
}
