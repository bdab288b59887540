package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.EndpointRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of networks that are on this host: a bridge each, made when the first container needs
 * it. Which bridges are ours is noted in files that end with the boot, as bridges do, so that no
 * other program's is ever touched. Thread-safe.
 */
final class Segments {
  private static final Logger LOG = LoggerFactory.getLogger(Segments.class);
  private static final Path SYSCTL = Path.of("/proc/sys/net/ipv4");

  private final Path notes;
  private final String ownBridge;
  private final int defaultMtu;
  private final Consumer<List<NetworkRules>> rules;
  private final Map<String, Segment> segments = new ConcurrentHashMap<>();
  private final List<NetworkListener> listeners = new CopyOnWriteArrayList<>();
  private volatile Wire wire;

  /** A network's part here. */
  private record Segment(NetworkDefinition network, Wire.Wired wired) {
    NetworkRules rules() {
      Set<String> interfaces = new TreeSet<>(wired.interfaces());
      interfaces.add(network.bridge());
      BridgeOptions options = network.bridgeOptions();
      return new NetworkRules(
          interfaces,
          network.network(),
          network.gatewayAddress(),
          network.internal(),
          options.talking(),
          options.masquerade(),
          wired.hostAddress());
    }
  }

  /**
   * Nothing is there yet.
   *
   * @param notes directory for the names of the bridges made
   * @param ownBridge name of the default network's bridge, which is taken over if it exists
   * @param defaultMtu in bytes, where a network's options say none
   * @param rules told what the packet filter must know, whenever that changes
   */
  Segments(
      Path notes, String ownBridge, int defaultMtu, Wire wire, Consumer<List<NetworkRules>> rules) {
    this.notes = notes;
    this.ownBridge = ownBridge;
    this.defaultMtu = defaultMtu;
    this.wire = wire;
    this.rules = rules;
  }

  /** This host's own address in a network that spans hosts. */
  Optional<Ipv4> hostAddress(String networkId) {
    return Optional.ofNullable(segments.get(networkId))
        .map(segment -> segment.wired().hostAddress());
  }

  /** Makes the network's bridge with its gateway and rules, unless it is there. */
  void ensure(NetworkDefinition network) {
    if (!segments.containsKey(network.id())) {
      ensureSlowly(network);
    }
  }

  private synchronized void ensureSlowly(NetworkDefinition network) {
    if (!segments.containsKey(network.id())) {
      make(network);
      tell();
    }
  }

  /**
   * At the start of a daemon: those networks, and those that an earlier one had here.
   *
   * @param wanted without them the host cannot go on as it did
   * @return what the packet filter must know; nobody is told
   */
  synchronized List<NetworkRules> open(Set<String> wanted, Collection<NetworkDefinition> existing) {
    removeOthers(existing);
    for (NetworkDefinition network : existing) {
      if (wanted.contains(network.id()) || Files.exists(notes.resolve(network.bridge()))) {
        try {
          make(network);
        } catch (EngineException e) {
          if (network.bridge().equals(ownBridge)) {
            throw e;
          }
          LOG.warn("network {} is not up: {}", network.name(), e.text(), e);
        }
      }
    }
    return all();
  }

  private void make(NetworkDefinition network) {
    String bridge = network.bridge();
    note(bridge);
    try (Links links = Links.open()) {
      links.bridge(bridge, MacAddress.of(network.gatewayAddress()), mtu(network));
    }
    switchOn("conf/" + bridge + "/route_localnet");
    if (!network.bridgeOptions().talking()) {
      Plugs.keepApart();
    }
    segments.put(network.id(), new Segment(network, wire.attach(network, bridge, mtu(network))));
    listeners.forEach(listener -> listener.opened(network));
  }

  /** Before the bridge is made, so that none is ever without. */
  private void note(String bridge) {
    Path file = notes.resolve(bridge);
    try (Links links = Links.open()) {
      Files.createDirectories(notes);
      if (!bridge.equals(ownBridge) && !Files.exists(file) && links.exists(bridge)) {
        throw EngineException.conflict(
            "the interface " + bridge + " exists and was not made by this engine");
      }
      Files.write(file, new byte[0]);
    } catch (IOException e) {
      throw EngineException.system("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /** Removes the network's bridge; harmless when there is none. */
  synchronized void forget(NetworkDefinition network) {
    if (segments.remove(network.id()) != null) {
      listeners.forEach(listener -> listener.closed(network));
      tell();
      wire.detach(network, network.bridge());
    }
    remove(network.bridge());
  }

  private void remove(String bridge) {
    Path file = notes.resolve(bridge);
    if (!Files.exists(file)) {
      return;
    }
    try (Links links = Links.open()) {
      links.delete(bridge);
      Files.delete(file);
    } catch (IOException e) {
      throw EngineException.system("cannot remove " + file + ": " + e.getMessage(), e);
    }
  }

  /** Removes the bridges that an earlier daemon made for networks that are gone. */
  private void removeOthers(Collection<NetworkDefinition> existing) {
    Set<String> wanted =
        existing.stream().map(NetworkDefinition::bridge).collect(Collectors.toSet());
    if (!Files.isDirectory(notes)) {
      return;
    }
    try (Stream<Path> files = Files.list(notes)) {
      for (Path file : files.toList()) {
        String bridge = String.valueOf(file.getFileName());
        if (!wanted.contains(bridge)) {
          LOG.info("removing {}, the bridge of a network that is gone", bridge);
          remove(bridge);
        }
      }
    } catch (IOException e) {
      throw EngineException.system("cannot read " + notes + ": " + e.getMessage(), e);
    }
  }

  /** Tells the listener of all networks that are here, and of each that comes or goes. */
  synchronized void watch(NetworkListener listener) {
    segments.values().forEach(segment -> listener.opened(segment.network()));
    listeners.add(listener);
  }

  /** Connects all networks by another wire from now on. */
  synchronized void rewire(Wire next) {
    Wire last = wire;
    wire = next;
    for (Segment segment : List.copyOf(segments.values())) {
      NetworkDefinition network = segment.network();
      try {
        last.detach(network, network.bridge());
        segments.put(
            network.id(),
            new Segment(network, next.attach(network, network.bridge(), mtu(network))));
      } catch (EngineException e) {
        LOG.warn("network {} is not connected: {}", network.name(), e.text(), e);
        segments.remove(network.id()); // whoever needs it tries again
      }
    }
    tell();
  }

  /** See {@link Wire#forget}. */
  void forget(EndpointRecord endpoint) {
    told(endpoint, wire::forget);
  }

  /** See {@link Wire#sendNowhere}. */
  void sendNowhere(EndpointRecord endpoint) {
    told(endpoint, wire::sendNowhere);
  }

  /** See {@link Wire#announce}. */
  void announce(EndpointRecord endpoint) {
    told(endpoint, wire::announce);
  }

  /** A container does not fail because what is for it goes astray for a while. */
  private static void told(EndpointRecord endpoint, Consumer<EndpointRecord> way) {
    try {
      way.accept(endpoint);
    } catch (EngineException e) {
      LOG.warn("what is for {} may go astray for now: {}", endpoint.address(), e.text(), e);
    }
  }

  /** The networks that are here. */
  List<NetworkDefinition> here() {
    return segments.values().stream().map(Segment::network).toList();
  }

  int mtu(NetworkDefinition network) {
    return network.bridgeOptions().mtu().orElse(defaultMtu);
  }

  private void tell() {
    rules.accept(all());
  }

  private List<NetworkRules> all() {
    return segments.values().stream().map(Segment::rules).toList();
  }

  /** Writes "1" to a setting of the host's IPv4. */
  static void switchOn(String name) {
    try {
      Files.writeString(SYSCTL.resolve(name), "1", StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw EngineException.system("cannot switch " + name + " on: " + e.getMessage(), e);
    }
  }
}
