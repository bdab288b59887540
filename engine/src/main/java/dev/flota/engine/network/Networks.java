package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.network.NetworkWish.Asked;
import dev.flota.engine.network.NetworkWish.OfContainer;
import dev.flota.engine.network.NetworkWish.OfNetworks;
import dev.flota.engine.network.Plugs.Plug;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import dev.flota.engine.spec.NetworkingConfig.IpamWish;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The networks of one host. All methods block and may be called from any thread; calls for the same
 * container come one after the other.
 *
 * <p>What must be the same on all hosts, a {@link NetworkRegistry} decides; how a network goes on
 * beyond this host, a {@link Wire} knows. A container keeps its addresses from {@link #reserve} to
 * {@link #release}; its namespace, interfaces and published ports exist from {@link #attach} to
 * {@link #detach}. All of it can be derived from the containers' records and is put right by {@link
 * #open}, so a daemon may die anywhere.
 */
public final class Networks implements AutoCloseable {
  /**
   * Where the name server of containers is to listen on each gateway. What they send to port 53
   * there is led to it, so that a container may publish port 53, and a program of the host have it.
   */
  public static final int NAME_SERVER_PORT = 20053;

  private static final Logger LOG = LoggerFactory.getLogger(Networks.class);
  private static final int SHORT_ID = 12;
  private static final Path INTERFACES = Path.of("/proc/thread-self/net/dev");

  private final Path namespaces;
  private final NetworkRegistry registry;
  private final PredefinedNetworks predefined;
  private final Nftables firewall = new Nftables();
  private final PublishedPorts ports;
  private final Conntrack flows = new Conntrack();
  private final Detours detours = new Detours(firewall);
  private final Segments segments;
  private final RetiredNetworks retired = new RetiredNetworks();
  private final CutOffs cutOffs = new CutOffs();

  /** Containers with an interface on a network, by its id; its lock keeps networks from removal. */
  private final Map<String, Set<String>> members = new HashMap<>();

  /**
   * The networks of a host that is alone. Nothing is touched before {@link #open}.
   *
   * @throws EngineException when the settings of the bridge contradict themselves
   */
  public Networks(EngineSettings settings) {
    this(settings, new LocalNetworkRegistry(settings), new LocalWire());
  }

  /** The networks of a host of a fleet. Nothing is touched before {@link #open}. */
  public Networks(EngineSettings settings, NetworkRegistry registry, Wire wire) {
    this.registry = registry;
    namespaces = settings.runDir().resolve("netns");
    predefined =
        PredefinedNetworks.of(definition(PredefinedNetworks.id(NetworkWish.DEFAULT)).orElseThrow());
    ports = new PublishedPorts(firewall, new SocketPortHolder(), flows, registry);
    segments =
        new Segments(
            settings.runDir().resolve("bridges"),
            settings.bridge().device(),
            settings.bridge().mtu(),
            wire,
            ports::networks);
  }

  /**
   * Sets the host up: bridges, forwarding, rules; takes over the addresses and published ports of
   * {@code existing} containers without disturbing the traffic of those that live, and removes what
   * is left of others. Once, before any other method.
   *
   * @param existing with the states that were really found
   */
  public void open(List<ContainerRecord> existing) {
    NetworkNamespace.prepare(namespaces);
    Segments.switchOn("ip_forward");
    registry.recall(existing);
    List<ContainerRecord> living =
        existing.stream().filter(container -> container.state().status().alive()).toList();
    Set<String> wanted = new HashSet<>();
    wanted.add(predefined.bridge().id());
    for (ContainerRecord container : living) {
      for (EndpointRecord endpoint : addressed(container.endpoints())) {
        join(container.id(), endpoint.networkId());
        wanted.add(endpoint.networkId());
      }
    }
    List<NetworkRules> rules = segments.open(wanted, registry.networks());
    removeOrphans(living);
    living.forEach(this::plugAgain);
    ports.restore(
        rules, living.stream().collect(Collectors.toMap(ContainerRecord::id, Forwards::of)));
  }

  private void removeOrphans(List<ContainerRecord> living) {
    Set<String> names =
        living.stream().map(container -> shortId(container.id())).collect(Collectors.toSet());
    Set<String> plugs =
        living.stream()
            .flatMap(
                container ->
                    container.endpoints().stream()
                        .map(endpoint -> Plugs.name(container.id(), endpoint.slot())))
            .collect(Collectors.toSet());
    try (Stream<Path> files = Files.list(namespaces);
        Links links = Links.open()) {
      files
          .filter(file -> !names.contains(String.valueOf(file.getFileName())))
          .forEach(NetworkNamespace::delete);
      interfaces().stream()
          .filter(name -> name.matches(Plugs.NAMES) && !plugs.contains(name))
          .forEach(links::retire);
    } catch (IOException e) {
      throw EngineException.system("cannot look for orphaned networks: " + e.getMessage(), e);
    }
    retired.soon();
  }

  private static Set<String> interfaces() throws IOException {
    try (Stream<String> lines = Files.lines(INTERFACES)) {
      return lines
          .map(line -> line.substring(0, Math.max(0, line.indexOf(':'))).strip())
          .collect(Collectors.toSet());
    }
  }

  /** A daemon that died between a record and the kernel leaves an interface to be made. */
  private void plugAgain(ContainerRecord container) {
    Path namespace = namespace(container.id());
    try {
      Set<String> there = interfaces();
      List<Plug> missing =
          plugs(container.id(), container.endpoints()).stream()
              .filter(plug -> !there.contains(plug.name()))
              .toList();
      if (missing.isEmpty() || !Files.exists(namespace)) {
        return;
      }
      LOG.info("connecting container {} again", container.name());
      try (Links host = Links.open()) {
        NetworkNamespace.enter(
            namespace, descriptor -> plugIn(missing, container.endpoints(), host, descriptor));
      }
    } catch (IOException | EngineException e) {
      LOG.warn("container {} is not in all of its networks", container.name(), e);
    }
  }

  private static void plugIn(
      List<Plug> plugs, List<EndpointRecord> endpoints, Links host, int namespace) {
    plugs.forEach(plug -> Plugs.in(plug, host, namespace));
    Plugs.route(Gateways.of(endpoints));
  }

  private List<Plug> plugs(String containerId, List<EndpointRecord> endpoints) {
    List<Plug> plugs = new ArrayList<>();
    for (EndpointRecord endpoint : addressed(endpoints)) {
      definition(endpoint.networkId())
          .map(network -> new Plug(containerId, endpoint, network, segments.mtu(network)))
          .ifPresent(plugs::add);
    }
    return plugs;
  }

  private static List<EndpointRecord> addressed(Collection<EndpointRecord> endpoints) {
    return endpoints.stream().filter(endpoint -> endpoint.address() != null).toList();
  }

  // ---- networks

  /** All networks, without their containers. */
  public List<NetworkInfo> list() {
    List<NetworkInfo> all = new ArrayList<>();
    all.add(predefined.bridge());
    all.add(predefined.host());
    all.add(predefined.none());
    registry.networks().stream()
        .filter(network -> !network.id().equals(predefined.bridge().id()))
        .map(network -> NetworkInfo.of(network, Map.of()))
        .forEach(all::add);
    return List.copyOf(all);
  }

  /**
   * The network of that name, id or unique beginning of an id, without its containers: see {@link
   * NetworkInfo#withContainers}.
   *
   * @throws EngineException {@code network foo not found}
   */
  public NetworkInfo find(String nameOrIdPrefix) {
    return caughtUp(() -> NetworkLookup.find(list(), nameOrIdPrefix));
  }

  /** A network that is not known may be so new that this host has not heard of it. */
  private NetworkInfo caughtUp(Supplier<NetworkInfo> search) {
    try {
      return search.get();
    } catch (EngineException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      registry.catchUp();
      return search.get();
    }
  }

  private Optional<NetworkDefinition> definition(String id) {
    return registry.networks().stream().filter(network -> network.id().equals(id)).findFirst();
  }

  /**
   * Makes a network.
   *
   * @param wish what it leaves open is decided
   * @throws EngineException in Docker's words
   */
  public NetworkInfo create(NetworkDefinition wish) {
    if (PredefinedNetworks.isPredefined(wish.name())) {
      throw forbidden("operation is not permitted on predefined " + wish.name() + " network ");
    }
    NetworkDefinition network = registry.create(wish);
    try {
      ensure(network);
    } catch (RuntimeException e) {
      registry.remove(network.id());
      segments.forget(network);
      throw e;
    }
    return NetworkInfo.of(network, Map.of());
  }

  /** Makes the network's bridge with its gateway and rules on this host, unless it is there. */
  public void ensure(NetworkDefinition network) {
    segments.ensure(network);
  }

  /** Takes away what this host has of a network, after it was removed on another one. */
  public void forget(NetworkDefinition network) {
    synchronized (members) {
      if (members.getOrDefault(network.id(), Set.of()).isEmpty()) {
        segments.forget(network);
      }
    }
  }

  /**
   * Removes a network that no running container is in. Those that do not run lose their address on
   * it, and as in Docker do not start again unless there is a network of that name.
   *
   * @param containers all that may have an address
   * @throws EngineException in Docker's words
   */
  public NetworkInfo remove(String nameOrIdPrefix, Collection<ContainerRecord> containers) {
    NetworkInfo network = find(nameOrIdPrefix);
    if (network.predefined()) {
      throw forbidden(network.name() + " is a pre-defined network and cannot be removed");
    }
    NetworkDefinition definition =
        definition(network.id())
            .orElseThrow(
                () -> EngineException.notFound("network " + nameOrIdPrefix + " not found"));
    synchronized (members) {
      if (!members.getOrDefault(network.id(), Set.of()).isEmpty()
          || containers.stream().anyMatch(container -> livesOn(container, network))) {
        throw forbidden(
            "error while removing network: network %s id %s has active endpoints"
                .formatted(network.name(), network.id()));
      }
      for (ContainerRecord container : containers) {
        if (on(container.endpoints(), network).isPresent()) {
          registry.giveBack(network.id(), container.id());
        }
      }
      registry.remove(network.id());
      segments.forget(definition);
    }
    return network;
  }

  private static boolean livesOn(ContainerRecord container, NetworkInfo network) {
    return container.state().status().alive() && on(container.endpoints(), network).isPresent();
  }

  /** Removes the networks of users that fit and that no running container is in. */
  public List<NetworkInfo> prune(
      Predicate<NetworkInfo> filter, Collection<ContainerRecord> containers) {
    List<NetworkInfo> removed = new ArrayList<>();
    for (NetworkInfo network : list()) {
      if (!network.predefined() && filter.test(network)) {
        try {
          removed.add(remove(network.id(), containers));
        } catch (EngineException e) {
          if (e.kind() != ErrorKind.FORBIDDEN && e.kind() != ErrorKind.NOT_FOUND) {
            throw e;
          }
          LOG.debug("network {} stays", network.name(), e);
        }
      }
    }
    return removed;
  }

  private static EngineException forbidden(String text) {
    return new EngineException(ErrorKind.FORBIDDEN, text);
  }

  /** Tells the listener of all networks that are on this host, and of each that comes or goes. */
  public void watch(NetworkListener listener) {
    segments.watch(listener);
  }

  /** The networks that have a bridge on this host. */
  public List<NetworkDefinition> here() {
    return segments.here();
  }

  /**
   * Connects all networks by another wire from now on; one that this fails for is as if it had
   * never been on this host, and connected when it is needed next.
   */
  public void rewire(Wire wire) {
    segments.rewire(wire);
  }

  /**
   * Makes this host answer for the published ports of a container on another one, in place of what
   * was told of it before. The container's network is to be on this host: {@link #ensure}.
   *
   * @return false, and nothing is changed, while the container is here
   */
  public boolean publishElsewhere(String containerId, List<Forward> forwards) {
    return ports.publishElsewhere(containerId, forwards);
  }

  /**
   * A container of this host is on another one now: before {@link #detach}, so that this host goes
   * on answering for it with its flows, as by {@link #publishElsewhere}.
   */
  public void leave(ContainerRecord container) {
    ports.leave(container.id());
  }

  /** Ends {@link #publishElsewhere}; harmless when there was none. */
  public void withdraw(String containerId) {
    ports.withdraw(containerId);
  }

  // ---- addresses

  /**
   * At create: checks what is asked of networks, and chooses what the container keeps for life. A
   * create that fails later gives it back with {@link #release(String, Collection)}.
   *
   * @return an endpoint for each network, the main one first; none for {@code container:NAME}
   * @throws EngineException for contradictions and unknown networks, in Docker's words
   */
  public List<EndpointRecord> reserve(
      String containerId,
      HostConfig hostConfig,
      ContainerConfig config,
      NetworkingConfig networkingConfig) {
    PortWish.of(config, hostConfig);
    NetworkFiles.check(hostConfig);
    return switch (NetworkWish.of(hostConfig, config, networkingConfig)) {
      case OfContainer _ -> List.of();
      case OfNetworks(List<Asked> asked) -> reserve(containerId, resolve(asked));
    };
  }

  /** One network may be named twice, once by its name and once by its id. */
  private Map<NetworkInfo, EndpointWish> resolve(List<Asked> asked) {
    Map<NetworkInfo, EndpointWish> wishes = new LinkedHashMap<>();
    for (Asked one : asked) {
      wishes.merge(
          find(one.network()),
          one.wish(),
          (first, second) -> first.equals(EndpointWish.NONE) ? second : first);
    }
    wishes.forEach(
        (network, wish) -> {
          try {
            EndpointCheck.check(network, definition(network.id()).orElse(null), wish);
          } catch (EngineException e) {
            throw new EngineException(
                e.kind(), "invalid config for network " + network.name() + ": " + e.text(), e);
          }
        });
    return wishes;
  }

  private List<EndpointRecord> reserve(String containerId, Map<NetworkInfo, EndpointWish> wishes) {
    List<EndpointRecord> endpoints = new ArrayList<>();
    try {
      wishes.forEach(
          (network, wish) ->
              endpoints.add(endpoint(containerId, network, wish, Plugs.freeSlot(endpoints))));
      return List.copyOf(endpoints);
    } catch (EngineException e) {
      release(containerId, endpoints);
      throw e;
    }
  }

  private EndpointRecord endpoint(
      String containerId, NetworkInfo network, EndpointWish wish, int slot) {
    NetworkDefinition definition = definition(network.id()).orElse(null);
    Address address =
        definition == null
            ? null
            : registry.take(network.id(), containerId, wishedAddress(wish), wishedMac(wish));
    return endpoint(network, definition, NetworkDefinition.newId(), address, slot, wish);
  }

  private static EndpointRecord endpoint(
      NetworkInfo network,
      @Nullable NetworkDefinition definition,
      String endpointId,
      @Nullable Address address,
      int slot,
      @Nullable EndpointWish wish) {
    List<String> aliases = wish == null ? null : wish.aliases();
    return new EndpointRecord(
        network.name(),
        network.id(),
        endpointId,
        address == null ? null : address.ip(),
        definition == null ? 0 : definition.network().prefixLength(),
        definition == null ? null : definition.gateway(),
        address == null ? null : address.mac(),
        aliases == null ? List.of() : List.copyOf(aliases),
        Map.of(),
        slot,
        network.driver(),
        network.internal(),
        EndpointWish.NONE.equals(wish) ? null : wish);
  }

  private static @Nullable String wishedAddress(@Nullable EndpointWish wish) {
    IpamWish ipam = wish == null ? null : wish.ipamConfig();
    return ipam == null ? null : emptyToNull(ipam.ipv4Address());
  }

  private static @Nullable String wishedMac(@Nullable EndpointWish wish) {
    return wish == null ? null : emptyToNull(wish.macAddress());
  }

  private static @Nullable String emptyToNull(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  /** At remove, after {@link #detach}: gives the addresses back. */
  public void release(ContainerRecord container) {
    release(container.id(), container.endpoints());
  }

  /** Gives addresses back that no container came to use. */
  public void release(String containerId, Collection<EndpointRecord> endpoints) {
    addressed(endpoints).forEach(endpoint -> registry.giveBack(endpoint.networkId(), containerId));
  }

  // ---- interfaces

  /**
   * At start: makes the container's namespace with its interfaces, addresses and routes, and
   * publishes its ports. When it fails nothing is left. Not for {@code container:NAME}: the caller
   * uses that container's namespace, {@link #namespace}.
   *
   * @throws EngineException when a port is taken or a network is gone, in Docker's words
   */
  public Attached attach(ContainerRecord container) {
    if (inHostNetwork(container)) {
      return new Attached(null, container.endpoints());
    }
    return set(container, true);
  }

  /**
   * Before an arrival: as {@link #attach}, but nothing comes in before {@link #plug}, what goes out
   * waits for it, and nothing is published before {@link #publish}.
   */
  public Attached attachUnplugged(ContainerRecord container) {
    return set(container, false);
  }

  private Attached set(ContainerRecord container, boolean plugged) {
    Path namespace = namespace(container.id());
    if (Files.exists(namespace)) {
      detach(container);
    }
    List<EndpointRecord> endpoints = new ArrayList<>();
    try (Links host = Links.open()) {
      container.endpoints().forEach(endpoint -> endpoints.add(renew(container, endpoint)));
      List<Plug> plugs = plugs(container.id(), endpoints);
      plugs.forEach(plug -> segments.ensure(plug.network()));
      if (plugged) {
        plugs.forEach(plug -> segments.forget(plug.endpoint()));
      }
      NetworkNamespace.create(
          namespace,
          descriptor -> {
            if (!plugs.isEmpty()) {
              plugs.forEach(
                  plug -> {
                    if (plugged) {
                      Plugs.in(plug, host, descriptor);
                    } else {
                      Plugs.make(plug, host, descriptor);
                    }
                  });
              Plugs.route(Gateways.of(endpoints));
            }
          });
      if (!plugged) {
        return new Attached(namespace, List.copyOf(endpoints));
      }
      plugs.forEach(plug -> segments.announce(plug.endpoint()));
      return new Attached(namespace, publish(container, List.copyOf(endpoints)));
    } catch (RuntimeException e) {
      undo(e, () -> detach(container));
      endpoints.removeAll(container.endpoints());
      undo(e, () -> release(container.id(), endpoints)); // the record does not know of them
      throw e;
    }
  }

  /** Connects the interfaces of a container that has them, and tells where it is now. */
  public void plug(ContainerRecord container) {
    try (Links host = Links.open()) {
      for (Plug plug : plugs(container.id(), container.endpoints())) {
        segments.sendNowhere(plug.endpoint());
        Plugs.connect(plug, host);
        segments.announce(plug.endpoint());
      }
    }
    cutOffs.connected(container.id());
  }

  /**
   * Cuts the interfaces off; the container keeps them, and its connections stay as they are. What
   * comes for it waits, until it is {@linkplain #plug plugged in} here or on another host.
   */
  public void unplug(ContainerRecord container) {
    try (Links host = Links.open()) {
      for (Plug plug : plugs(container.id(), container.endpoints())) {
        segments.sendNowhere(plug.endpoint());
        cutOffs.cutOff(plug, host);
      }
    }
  }

  /**
   * What a container has sent out of the fleet that has to go on by the host it left by: by this
   * one, or by one where the container was before. What began anew from here comes first.
   */
  public List<Detour> outwards(ContainerRecord container) {
    Map<Ipv4, Ipv4> vias = new HashMap<>();
    for (Plug plug : plugs(container.id(), container.endpoints())) {
      segments.hostAddress(plug.network().id()).ifPresent(via -> vias.put(plug.address(), via));
    }
    Stream<Detour> here =
        outwards(vias.keySet()).stream()
            .map(flow -> new Detour(flow, Objects.requireNonNull(vias.get(flow.from()))));
    return Stream.concat(here, detours.of(container.id()).stream()).toList();
  }

  /** Whether this kernel tells of {@link #outwards} at all. */
  public boolean knowsOutwards() {
    try {
      List<Flow> _ = flows.outwards(Set.of());
      return true;
    } catch (EngineException e) {
      LOG.info("connections out of the fleet are not known: {}", e.text());
      return false;
    }
  }

  /** Whether this kernel can send on what has left the fleet by another host. */
  public boolean canDetour() {
    return detours.possible();
  }

  private List<Flow> outwards(Set<Ipv4> addresses) {
    try {
      return addresses.isEmpty() ? List.of() : flows.outwards(addresses);
    } catch (EngineException e) {
      LOG.warn(
          "connections of {} out of the fleet are not known, and end: {}", addresses, e.text());
      return List.of();
    }
  }

  /** Before an arrived container is plugged in: sends on what left the fleet by other hosts. */
  public void detour(ContainerRecord container, List<Detour> wanted) {
    detours.put(container.id(), byOthers(container, wanted));
  }

  /** After {@link #open}: goes on sending what containers that live here send by other hosts. */
  public void detourAgain(Map<ContainerRecord, List<Detour>> living) {
    detours.restore(
        living.entrySet().stream()
            .collect(
                Collectors.toMap(
                    entry -> entry.getKey().id(),
                    entry -> byOthers(entry.getKey(), entry.getValue()))));
  }

  private List<Detour> byOthers(ContainerRecord container, List<Detour> all) {
    List<Ipv4> own =
        container.endpoints().stream()
            .flatMap(endpoint -> segments.hostAddress(endpoint.networkId()).stream())
            .toList();
    return all.stream().filter(detour -> !own.contains(detour.via())).toList();
  }

  /** Publishes an arrived container's ports. */
  public List<EndpointRecord> publish(ContainerRecord container) {
    return publish(container, container.endpoints());
  }

  /** After {@link #plug}, for one that came: what it has sent is sent when this returns. */
  public void settle(ContainerRecord container) {
    List<String> inside =
        plugs(container.id(), container.endpoints()).stream().map(Plug::inside).toList();
    if (!inside.isEmpty()) {
      NetworkNamespace.enter(
          namespace(container.id()), descriptor -> Neighbours.askAsUsual(inside));
    }
    addressed(container.endpoints()).forEach(segments::forget);
  }

  private boolean inHostNetwork(ContainerRecord container) {
    return container.endpoints().stream()
        .anyMatch(endpoint -> endpoint.networkId().equals(predefined.host().id()));
  }

  private static void undo(RuntimeException failure, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** Its network may have been made anew while the container did not run. */
  private EndpointRecord renew(ContainerRecord container, EndpointRecord endpoint) {
    Optional<Ipv4> address = Optional.ofNullable(endpoint.address()).flatMap(Ipv4::parse);
    if (address.isEmpty()) {
      return endpoint;
    }
    NetworkInfo network = find(endpoint);
    NetworkDefinition definition = definition(network.id()).orElseThrow();
    boolean same = network.id().equals(endpoint.networkId());
    if (same && !definition.network().contains(address.get())) {
      throw EngineException.system(
          "the address %s of container %s is not in the network %s any more: create it anew"
              .formatted(address.get(), container.name(), definition.subnet()));
    }
    join(container.id(), network.id());
    Address given =
        registry.take(
            network.id(),
            container.id(),
            same ? endpoint.address() : wishedAddress(endpoint.wish()),
            same ? endpoint.mac() : wishedMac(endpoint.wish()));
    return same
        ? endpoint
        : endpoint(
            network, definition, endpoint.endpointId(), given, endpoint.slot(), endpoint.wish());
  }

  private NetworkInfo find(EndpointRecord endpoint) {
    return caughtUp(() -> find(list(), endpoint));
  }

  private static NetworkInfo find(List<NetworkInfo> all, EndpointRecord endpoint) {
    return all.stream()
        .filter(network -> network.id().equals(endpoint.networkId()))
        .findFirst()
        .or(
            () ->
                all.stream()
                    .filter(network -> network.name().equals(endpoint.network()))
                    .findFirst())
        .orElseThrow(
            () ->
                EngineException.notFound(
                    "failed to set up container networking: network %s not found"
                        .formatted(endpoint.networkId())));
  }

  private void join(String containerId, String networkId) {
    synchronized (members) {
      members.computeIfAbsent(networkId, id -> new HashSet<>()).add(containerId);
    }
  }

  private void leave(String containerId, String networkId) {
    synchronized (members) {
      Set<String> left = members.get(networkId);
      if (left != null && left.remove(containerId) && left.isEmpty()) {
        members.remove(networkId);
      }
    }
  }

  private void leaveAll(String containerId) {
    synchronized (members) {
      members.values().forEach(left -> left.remove(containerId));
      members.values().removeIf(Set::isEmpty);
    }
  }

  /** The gateway's endpoint is the one that ports are published on. */
  private List<EndpointRecord> publish(ContainerRecord container, List<EndpointRecord> endpoints) {
    Optional<EndpointRecord> gateway = Gateways.of(endpoints);
    Map<String, List<EndpointRecord.Published>> published =
        gateway.map(endpoint -> publish(container, endpoint)).orElse(Map.of());
    return publishedBy(endpoints, gateway, published);
  }

  private static List<EndpointRecord> publishedBy(
      List<EndpointRecord> endpoints,
      Optional<EndpointRecord> gateway,
      Map<String, List<EndpointRecord.Published>> published) {
    return endpoints.stream()
        .map(
            endpoint ->
                gateway.filter(endpoint::equals).isPresent()
                    ? endpoint.withPublished(published)
                    : endpoint.unpublished())
        .toList();
  }

  private Map<String, List<EndpointRecord.Published>> publish(
      ContainerRecord container, EndpointRecord endpoint) {
    NetworkDefinition network = definition(endpoint.networkId()).orElseThrow();
    Ipv4 binding = network.bridgeOptions().hostBinding();
    List<PortWish> wishes =
        PortWish.of(container.config(), container.hostConfig()).stream()
            .map(wish -> wish.hostIp().equals(Ipv4.ANY) ? wish.on(binding) : wish)
            .toList();
    if (wishes.isEmpty()) {
      return Map.of();
    }
    try {
      return ports.publish(container.id(), address(endpoint), wishes);
    } catch (EngineException e) {
      throw new EngineException(
          e.kind(),
          "failed to set up container networking: driver failed programming external connectivity"
              + " on endpoint %s (%s): %s"
                  .formatted(container.name(), endpoint.endpointId(), e.text()),
          e);
    }
  }

  private static Ipv4 address(EndpointRecord endpoint) {
    return Optional.ofNullable(endpoint.address()).flatMap(Ipv4::parse).orElseThrow();
  }

  /** Where the namespace of a container is that has one of its own. */
  public Path namespace(String containerId) {
    return namespaces.resolve(shortId(containerId));
  }

  /**
   * At exit: undoes {@link #attach}; harmless when there is nothing to undo. The container's ports
   * are free and its interfaces are cut off when it returns; they are deleted soon after.
   */
  public void detach(ContainerRecord container) {
    if (inHostNetwork(container)) {
      return;
    }
    ports.unpublish(container.id());
    detours.put(container.id(), List.of());
    if (cutOffs.forget(container.id())) {
      addressed(container.endpoints()).forEach(segments::forget);
    }
    try (Links links = Links.open()) {
      for (EndpointRecord endpoint : addressed(container.endpoints())) {
        if (links.retire(Plugs.name(container.id(), endpoint.slot()))) {
          retired.soon();
        }
      }
    }
    Path namespace = namespace(container.id());
    NetworkNamespace.hold(namespace).ifPresent(retired::add);
    NetworkNamespace.delete(namespace);
    leaveAll(container.id());
  }

  // ---- connect and disconnect

  /**
   * Connects a container to one more network; one that runs gets an interface at once.
   *
   * @return the container's endpoints from now on
   * @throws EngineException in Docker's words
   */
  public List<EndpointRecord> connect(
      ContainerRecord container, String nameOrIdPrefix, EndpointWish wish) {
    NetworkInfo network = find(nameOrIdPrefix);
    boolean alive = container.state().status().alive();
    checkConnect(container, network);
    Optional<EndpointRecord> before = on(container.endpoints(), network);
    if (alive && before.isPresent()) {
      throw forbidden(
          "endpoint with name %s already exists in network %s"
              .formatted(container.name(), network.name()));
    }
    EndpointCheck.check(network, definition(network.id()).orElse(null), wish);
    int slot =
        before.map(EndpointRecord::slot).orElseGet(() -> Plugs.freeSlot(container.endpoints()));
    if (before.isPresent()) {
      registry.giveBack(network.id(), container.id()); // asked anew before the start
    }
    List<EndpointRecord> after = new ArrayList<>(container.endpoints());
    before.ifPresent(after::remove);
    after.add(endpoint(container.id(), network, wish, slot));
    return alive ? plugIn(container, after) : List.copyOf(after);
  }

  private void checkConnect(ContainerRecord container, NetworkInfo network) {
    boolean toHost = network.id().equals(predefined.host().id());
    if (toHost && !inHostNetwork(container)) {
      throw EngineException.invalid(
          "cannot connect container to host network - container must be created in host network"
              + " mode");
    }
    if (container.hostConfig().network().startsWith(NetworkWish.CONTAINER_PREFIX)
        || (!toHost && inHostNetwork(container))) {
      throw EngineException.invalid(NetworkWish.SHARED);
    }
    boolean toNone = network.id().equals(predefined.none().id());
    boolean fromNone = on(container.endpoints(), predefined.none()).isPresent();
    if (fromNone != toNone && !container.endpoints().isEmpty()) {
      throw EngineException.invalid(NetworkWish.PRIVATE);
    }
  }

  private static Optional<EndpointRecord> on(
      Collection<EndpointRecord> endpoints, NetworkInfo network) {
    return endpoints.stream()
        .filter(endpoint -> endpoint.networkId().equals(network.id()))
        .findFirst();
  }

  private List<EndpointRecord> plugIn(ContainerRecord container, List<EndpointRecord> after) {
    EndpointRecord added = after.getLast();
    join(container.id(), added.networkId());
    try (Links host = Links.open()) {
      List<Plug> plugs = plugs(container.id(), List.of(added));
      plugs.forEach(plug -> segments.ensure(plug.network()));
      segments.forget(added);
      NetworkNamespace.enter(
          namespace(container.id()),
          descriptor -> plugs.forEach(plug -> Plugs.in(plug, host, descriptor)));
      segments.announce(added);
      return follow(container, after);
    } catch (RuntimeException e) {
      undo(e, () -> unplug(container.id(), added));
      throw e;
    }
  }

  private void unplug(String containerId, EndpointRecord endpoint) {
    try (Links host = Links.open()) {
      host.delete(Plugs.name(containerId, endpoint.slot()));
    } finally {
      registry.giveBack(endpoint.networkId(), containerId);
      leave(containerId, endpoint.networkId());
    }
  }

  /** Leads the default route and the published ports to the gateway of now, if it is another. */
  private List<EndpointRecord> follow(ContainerRecord container, List<EndpointRecord> after) {
    Optional<EndpointRecord> last = Gateways.of(container.endpoints());
    Optional<EndpointRecord> next = Gateways.of(after);
    if (last.map(EndpointRecord::endpointId).equals(next.map(EndpointRecord::endpointId))) {
      return List.copyOf(after);
    }
    NetworkNamespace.enter(namespace(container.id()), descriptor -> Plugs.route(next));
    Map<String, List<EndpointRecord.Published>> published =
        last.map(EndpointRecord::published).orElse(Map.of());
    if (next.isEmpty()) {
      ports.unpublish(container.id());
      return after.stream().map(EndpointRecord::unpublished).toList();
    }
    if (published.isEmpty()) {
      return publish(container, after);
    }
    ports.redirect(container.id(), address(next.get()));
    return publishedBy(after, next, published);
  }

  /**
   * Disconnects a container from a network; one that runs loses the interface at once.
   *
   * @param force also when the network is gone
   * @return the container's endpoints from now on
   * @throws EngineException in Docker's words
   */
  public List<EndpointRecord> disconnect(
      ContainerRecord container, String nameOrIdPrefix, boolean force) {
    boolean alive = container.state().status().alive();
    EndpointRecord left = leaving(container, nameOrIdPrefix, force, alive);
    if (left.networkId().equals(predefined.host().id())) {
      throw EngineException.invalid(
          "cannot disconnect container from host network - container was created in host network"
              + " mode");
    }
    List<EndpointRecord> after =
        container.endpoints().stream().filter(endpoint -> !Objects.equals(endpoint, left)).toList();
    if (left.address() == null) {
      return after;
    }
    if (alive) {
      after = follow(container, after);
    }
    unplug(container.id(), left);
    return after;
  }

  private EndpointRecord leaving(
      ContainerRecord container, String nameOrIdPrefix, boolean force, boolean alive) {
    NetworkInfo network;
    try {
      network = find(nameOrIdPrefix);
    } catch (EngineException e) {
      return container.endpoints().stream()
          .filter(
              endpoint ->
                  force
                      && (endpoint.network().equals(nameOrIdPrefix)
                          || endpoint.networkId().equals(nameOrIdPrefix)))
          .findFirst()
          .orElseThrow(() -> e);
    }
    return on(container.endpoints(), network)
        .orElseThrow(
            () ->
                EngineException.system(
                    "container %s is not connected to %snetwork %s"
                        .formatted(container.id(), alive ? "" : "the ", network.name())));
  }

  private static String shortId(String containerId) {
    return containerId.substring(0, SHORT_ID);
  }

  /** Ends the daemon's part: containers keep their networks and their published ports work on. */
  @Override
  public void close() {
    cutOffs.close();
    retired.close();
    ports.close();
    firewall.close();
  }
}
