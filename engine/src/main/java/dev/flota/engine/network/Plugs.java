package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.EndpointRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Optional;

/** The interfaces that connect containers with bridges: a veth pair per endpoint. */
final class Plugs {
  private static final int SHORT_ID = 12;
  private static final int SLOTS = 36;

  /** What {@link #name} makes. */
  static final String NAMES = "v[0-9a-f]{" + SHORT_ID + "}(\\.[0-9a-z])?";

  /**
   * Exists where br_netfilter is loaded. Then the packet filter sees frames before the bridge
   * decides, and one whose published port leads back to its sender leaves by the port it came from.
   */
  private static final Path BRIDGED_FILTER =
      Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");

  private Plugs() {}

  /**
   * One end and where it goes.
   *
   * @param containerId of the container
   * @param endpoint with an address
   * @param network of the endpoint
   * @param mtu in bytes
   */
  record Plug(String containerId, EndpointRecord endpoint, NetworkDefinition network, int mtu) {
    String name() {
      return Plugs.name(containerId, endpoint.slot());
    }

    String inside() {
      return network.bridgeOptions().insidePrefix() + endpoint.slot();
    }

    Ipv4 address() {
      return Optional.ofNullable(endpoint.address()).flatMap(Ipv4::parse).orElseThrow();
    }

    MacAddress mac() {
      return MacAddress.of(address(), endpoint.mac());
    }
  }

  /**
   * Before containers are plugged into a network whose containers are kept apart: lets the packet
   * filter see what the bridge forwards, where it can. Where it cannot the ports are isolated; both
   * together would keep a published port from a neighbour, for the filter redirects it on the
   * bridge.
   */
  static void keepApart() {
    try {
      if (Files.exists(BRIDGED_FILTER)) {
        Files.writeString(BRIDGED_FILTER, "1", StandardOpenOption.WRITE);
      }
    } catch (IOException e) {
      throw EngineException.system("cannot switch " + BRIDGED_FILTER + " on: " + e.getMessage(), e);
    }
  }

  /** The host's end of a container's interface. */
  static String name(String containerId, int slot) {
    String first = "v" + containerId.substring(0, SHORT_ID);
    return slot == 0 ? first : first + "." + Character.forDigit(slot, SLOTS);
  }

  /** The lowest number that no endpoint has. */
  static int freeSlot(Collection<EndpointRecord> endpoints) {
    for (int slot = 0; slot < SLOTS; slot++) {
      int number = slot;
      if (endpoints.stream().noneMatch(endpoint -> endpoint.slot() == number)) {
        return slot;
      }
    }
    throw EngineException.invalid("a container can be in %d networks at most".formatted(SLOTS));
  }

  /**
   * Makes a container's interface, connected with nothing; called by a thread in its namespace.
   *
   * @param host acts in the host's namespace
   * @param namespace descriptor of the container's
   */
  static void make(Plug plug, Links host, int namespace) {
    make(plug, host, Links.NO_BRIDGE, namespace);
    Neighbours.keepAsking(plug.inside());
  }

  /** Connects an interface with its bridge. */
  static void connect(Plug plug, Links host) {
    host.bridgePort(plug.name(), host.index(plug.network().bridge()));
    setUp(plug, host);
  }

  /** Cuts an interface off its bridge; the container keeps it, and does not notice. */
  static void disconnect(Plug plug, Links host) {
    host.answerNobody(plug.name());
    host.bridgePort(plug.name(), Links.NO_BRIDGE);
  }

  /**
   * Plugs a container in; called by a thread in its namespace.
   *
   * @param host acts in the host's namespace
   * @param namespace descriptor of the container's
   */
  static void in(Plug plug, Links host, int namespace) {
    make(plug, host, host.index(plug.network().bridge()), namespace);
    setUp(plug, host);
  }

  private static void setUp(Plug plug, Links host) {
    if (Files.exists(BRIDGED_FILTER)) {
      host.hairpin(plug.name());
    } else if (!plug.network().bridgeOptions().talking()) {
      host.isolate(plug.name());
    }
  }

  private static void make(Plug plug, Links host, int bridge, int namespace) {
    String name = plug.name();
    if (!pair(plug, host, bridge, namespace)) {
      // The one of the last run waits for its deletion.
      host.retire(name);
      host.renameRetired(name);
      pair(plug, host, bridge, namespace);
    }
    if (bridge == Links.NO_BRIDGE) {
      host.answerNobody(name);
    }
    try (Links inner = Links.open()) {
      int index = inner.index(plug.inside());
      inner.address(index, plug.address(), plug.network().network());
      inner.up(index);
    }
  }

  private static boolean pair(Plug plug, Links host, int bridge, int namespace) {
    return host.veth(plug.name(), bridge, plug.mtu(), namespace, plug.inside(), plug.mac());
  }

  /** Routes to the world by a gateway, or not; called by a thread in the container's namespace. */
  static void route(Optional<EndpointRecord> gateway) {
    Optional<Ipv4> address = gateway.map(EndpointRecord::gateway).flatMap(Ipv4::parse);
    try (Links inner = Links.open()) {
      if (address.isPresent()) {
        inner.defaultRoute(address.get());
      } else {
        inner.noDefaultRoute();
      }
    }
  }
}
