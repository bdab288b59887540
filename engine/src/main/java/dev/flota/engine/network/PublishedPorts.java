package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.EndpointRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's packet filter with its published ports: held against other processes, and in force.
 * Which container may have which port a {@link PortRegistry} decides. Thread-safe.
 *
 * <p>All is derived from the containers' records: {@link #restore} begins with what they say was in
 * force, so a daemon that comes back finds the rules it left working and takes them over.
 */
final class PublishedPorts {
  private static final Logger LOG = LoggerFactory.getLogger(PublishedPorts.class);

  /** Ports of containers on other hosts have owners of their own, for one may come to live here. */
  private static final String ELSEWHERE = "elsewhere/";

  private final Firewall firewall;
  private final PortHolder holder;
  private final Flows flows;
  private final PortRegistry registry;
  private final Map<HostPort, Forward> forwards = new LinkedHashMap<>();
  private final Map<HostPort, PortHolder.Held> held = new HashMap<>();
  private final Map<String, List<HostPort>> owners = new HashMap<>();
  private Ruleset ruleset = new Ruleset(List.of());

  /** Nothing is in force yet. */
  PublishedPorts(Firewall firewall, PortHolder holder, Flows flows, PortRegistry registry) {
    this.firewall = firewall;
    this.holder = holder;
    this.flows = flows;
    this.registry = registry;
  }

  /**
   * Puts the rules of the networks and what was published by living containers in force.
   *
   * @param living by container id
   */
  synchronized void restore(List<NetworkRules> networks, Map<String, List<Forward>> living) {
    ruleset = new Ruleset(networks);
    living.forEach(
        (container, wanted) -> {
          for (Forward forward : wanted) {
            enter(container, forward);
            holdAgain(forward.from());
          }
        });
    firewall.apply(ruleset.replace(forwards.values()));
    held.forEach(PublishedPorts::listen);
  }

  /** Puts rules for other networks in force. */
  synchronized void networks(List<NetworkRules> networks) {
    Ruleset next = new Ruleset(networks);
    if (!next.equals(ruleset)) {
      firewall.apply(next.replace(forwards.values()));
      ruleset = next;
    }
  }

  private void enter(String owner, Forward forward) {
    forwards.put(forward.from(), forward);
    owners.computeIfAbsent(owner, id -> new ArrayList<>()).add(forward.from());
  }

  private void holdAgain(HostPort port) {
    try {
      if (!held.containsKey(port)) {
        held.put(port, holder.hold(port));
      }
    } catch (PortUnavailableException e) {
      warn(port, e);
    }
  }

  private static void listen(HostPort port, PortHolder.Held socket) {
    try {
      socket.listen();
    } catch (PortUnavailableException e) {
      warn(port, e);
    }
  }

  private static void warn(HostPort port, PortUnavailableException e) {
    LOG.warn("Port {} is published by a container, but held elsewhere: {}", port, e.reason());
  }

  /**
   * Publishes a container's ports, all or none.
   *
   * @return what is in force, by Docker's form of the container port
   * @throws EngineException when a port is taken, in Docker's words
   */
  synchronized Map<String, List<EndpointRecord.Published>> publish(
      String container, Ipv4 address, List<PortWish> wishes) {
    List<HostPort> claimed = List.of();
    try {
      claimed = claim(container, address, wishes);
      List<Forward> chosen = new ArrayList<>();
      for (int i = 0; i < wishes.size(); i++) {
        chosen.add(new Forward(claimed.get(i), address, wishes.get(i).port().number()));
      }
      if (!handOver(ELSEWHERE + container, container, chosen)) {
        withdraw(container);
        claimed.forEach(this::holdAgain);
        putInForce(chosen);
        chosen.forEach(forward -> enter(container, forward));
      }
    } catch (RuntimeException e) {
      claimed.stream().filter(port -> !forwards.containsKey(port)).forEach(this::letGo);
      registry.releasePorts(container);
      throw e;
    }
    return published(wishes, claimed);
  }

  /** Claims ports until the kernel gives them all: it may refuse some that nobody published. */
  private List<HostPort> claim(String container, Ipv4 address, List<PortWish> wishes) {
    Set<HostPort> unusable = new HashSet<>();
    Set<HostPort> fresh = new HashSet<>();
    try {
      while (true) {
        List<HostPort> claimed = registry.claimPorts(container, wishes, Set.copyOf(unusable));
        int refused = unusable.size();
        for (int i = 0; i < wishes.size(); i++) {
          hold(claimed.get(i), wishes.get(i), address, fresh, unusable);
        }
        if (unusable.size() == refused) {
          fresh.stream().filter(port -> !claimed.contains(port)).forEach(this::letGo);
          return claimed;
        }
      }
    } catch (RuntimeException e) {
      fresh.forEach(this::letGo);
      throw e;
    }
  }

  /** A single port that the kernel does not give is an error; of a range it is left out. */
  private void hold(
      HostPort port, PortWish wish, Ipv4 container, Set<HostPort> fresh, Set<HostPort> unusable) {
    if (held.containsKey(port)) {
      return;
    }
    try {
      held.put(port, holder.hold(port));
      fresh.add(port);
    } catch (PortUnavailableException e) {
      if (wish.hostPorts().single() && !wish.hostPorts().any()) {
        throw EngineException.system(
            "failed to bind host port for %s:%s:%s: %s"
                .formatted(port, container, wish.port(), e.reason()));
      }
      unusable.add(port);
    }
  }

  /** Ends what a container publishes; harmless when that is nothing. */
  synchronized void unpublish(String container) {
    try {
      end(container);
    } finally {
      registry.releasePorts(container);
    }
  }

  /** Leads what a container publishes to another address of its own. */
  synchronized void redirect(String container, Ipv4 address) {
    List<Forward> before = inForce(container);
    if (before.isEmpty()) {
      return;
    }
    List<Forward> after =
        before.stream()
            .map(forward -> new Forward(forward.from(), address, forward.containerPort()))
            .toList();
    after.forEach(forward -> forwards.put(forward.from(), forward));
    change(ruleset.delete(before) + ruleset.add(after));
    before.stream().map(Forward::container).distinct().forEach(flows::forgetOf);
  }

  /**
   * Makes this host answer for a container on another one, in place of what was told of it before.
   *
   * @return false, and nothing is changed, while it is here: it has come, or has not left yet
   */
  synchronized boolean publishElsewhere(String container, List<Forward> wanted) {
    if (owners.containsKey(container)) {
      return false;
    }
    if (inForce(ELSEWHERE + container).equals(wanted)) {
      return true;
    }
    withdraw(container);
    List<Forward> free =
        wanted.stream().filter(forward -> !forwards.containsKey(forward.from())).toList();
    if (free.size() < wanted.size()) {
      LOG.warn("Ports of container {} elsewhere are published here already", container);
    }
    free.forEach(forward -> enter(ELSEWHERE + container, forward));
    free.forEach(forward -> holdAgain(forward.from()));
    putInForce(free);
    return true;
  }

  /**
   * The container is on another host now: this one goes on answering for it, with its flows, until
   * it is told otherwise.
   */
  synchronized void leave(String container) {
    handOver(container, ELSEWHERE + container, inForce(container));
  }

  /** The container has moved: what is in force for one owner goes on, with its flows. */
  private boolean handOver(String from, String to, List<Forward> wanted) {
    List<Forward> before = inForce(from);
    if (before.isEmpty() || !before.equals(wanted)) {
      return false;
    }
    owners.put(to, owners.remove(from));
    return true;
  }

  /** Ends {@link #publishElsewhere}; harmless when there was none. */
  synchronized void withdraw(String container) {
    end(ELSEWHERE + container);
  }

  private List<Forward> inForce(String owner) {
    return owners.getOrDefault(owner, List.of()).stream()
        .map(port -> require(forwards.get(port)))
        .toList();
  }

  private void end(String owner) {
    List<Forward> ended = inForce(owner);
    owners.remove(owner);
    if (ended.isEmpty()) {
      return;
    }
    ended.forEach(forward -> forwards.remove(forward.from()));
    try {
      change(ruleset.delete(ended));
      ended.stream().map(Forward::container).distinct().forEach(flows::forgetOf);
    } finally {
      ended.forEach(forward -> letGo(forward.from()));
    }
  }

  /** Lets the ports go that are held; the rules stay in force for the containers that live on. */
  synchronized void close() {
    held.values().forEach(PortHolder.Held::close);
    held.clear();
  }

  private void putInForce(List<Forward> chosen) {
    if (!chosen.isEmpty()) {
      change(ruleset.add(chosen), chosen);
    }
    for (Forward forward : chosen) {
      PortHolder.Held socket = held.get(forward.from());
      if (socket != null) {
        listen(forward.from(), socket);
      }
    }
    // A TCP flow ends when nobody answers; a datagram flow would go on past the new rule.
    chosen.stream()
        .map(Forward::from)
        .filter(port -> port.protocol() == Protocol.UDP)
        .forEach(flows::forgetTo);
  }

  private void change(String script) {
    change(script, List.of());
  }

  /** Somebody may have flushed the rules: then the whole table is made anew. */
  private void change(String script, List<Forward> coming) {
    try {
      firewall.apply(script);
    } catch (EngineException e) {
      LOG.warn("The packet filter refused a change, its table is made anew: {}", e.text());
      Map<HostPort, Forward> all = new LinkedHashMap<>(forwards);
      coming.forEach(forward -> all.put(forward.from(), forward));
      firewall.apply(ruleset.replace(all.values()));
    }
  }

  private void letGo(HostPort port) {
    PortHolder.Held socket = held.remove(port);
    if (socket != null) {
      socket.close();
    }
  }

  private static Map<String, List<EndpointRecord.Published>> published(
      List<PortWish> wishes, List<HostPort> claimed) {
    Map<String, List<EndpointRecord.Published>> result = new TreeMap<>();
    for (int i = 0; i < wishes.size(); i++) {
      HostPort port = claimed.get(i);
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
