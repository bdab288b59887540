package dev.flota.cluster.directory;

import dev.flota.engine.network.EndpointNames;
import dev.flota.engine.network.HostNameServers;
import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.network.Subnet;
import dev.flota.engine.network.dns.Clients;
import dev.flota.engine.network.dns.NameSource;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whom containers find under which name, as Docker's embedded server has it: a container sees those
 * that run on its own networks, by their names, aliases and short ids, with or without the
 * network's name behind, and by the links that it has itself. The network that its default route
 * leads through is asked first. Where several have one name, the answer is all of them that are on
 * hosts that can be reached, or all of them when none is.
 *
 * <p>A container is known by its address from its creation on, for its command may ask before its
 * start is told; others find it while it runs. Tables are kept as containers come and go, so that a
 * question takes a few look-ups and no lock. Thread-safe.
 */
public final class ContainerNaming implements NameSource, Clients {
  private static final int FULL_ID = 64;
  private static final int SHORT_ID = 12;

  private final Predicate<String> reachable;
  private final Supplier<List<InetSocketAddress>> hostServers;
  private final Map<String, Known> containers = new HashMap<>();
  private final ConcurrentMap<Ipv4, Known> clients = new ConcurrentHashMap<>();
  private final ConcurrentMap<Key, List<Holder>> holders = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, NetworkDefinition> networks = new ConcurrentHashMap<>();

  /** A name in lower case on a network. */
  private record Key(String networkId, String name) {}

  /** Who has a name. */
  private record Holder(String containerId, String hostId, Ipv4 address) {}

  /**
   * A network as a client sees it.
   *
   * @param suffix its name in lower case, after a dot
   * @param links the client's own names for others, in lower case
   */
  private record View(String networkId, String suffix, Map<String, String> links) {}

  /** Where a container is found. */
  private record Place(String networkId, String fullName) {}

  /**
   * All that questions are answered from.
   *
   * @param addresses by which it asks
   * @param views its networks, the one that is asked first at the beginning
   * @param internal whether none of its networks leads out
   * @param servers that the user named for it
   * @param found by its addresses; empty while it does not run
   * @param held its names; empty while it does not run
   */
  private record Known(
      Set<Ipv4> addresses,
      List<View> views,
      boolean internal,
      List<InetSocketAddress> servers,
      Map<Ipv4, Place> found,
      Map<Key, Holder> held) {
    static final Known NOTHING =
        new Known(Set.of(), List.of(), true, List.of(), Map.of(), Map.of());
  }

  /**
   * Knows nobody yet.
   *
   * @param reachable whether a host can be reached now
   * @param hostServers the name servers that this host asks
   */
  public ContainerNaming(
      Predicate<String> reachable, Supplier<List<InetSocketAddress>> hostServers) {
    this.reachable = reachable;
    this.hostServers = hostServers;
  }

  // ---- what is known

  /** A network is on this host. */
  void opened(NetworkDefinition network) {
    networks.put(network.id(), network);
  }

  /** A network is no longer on this host. */
  void closed(NetworkDefinition network) {
    networks.remove(network.id());
  }

  /**
   * A container is new, has changed or has moved, or is gone.
   *
   * @param placed {@code null} for one that is gone
   */
  synchronized void put(String containerId, @Nullable Placed placed) {
    Known now = placed == null ? Known.NOTHING : known(placed);
    Known before =
        Objects.requireNonNullElse(
            placed == null ? containers.remove(containerId) : containers.put(containerId, now),
            Known.NOTHING);
    now.addresses().forEach(address -> clients.put(address, now));
    before.addresses().forEach(address -> clients.remove(address, before));
    Set<Key> keys = new HashSet<>(before.held().keySet());
    keys.addAll(now.held().keySet());
    for (Key key : keys) {
      Holder holder = now.held().get(key);
      // At once for each name, so that nobody finds a name missing while it only changes.
      holders.compute(key, (same, all) -> with(all == null ? List.of() : all, containerId, holder));
    }
  }

  private static @Nullable List<Holder> with(
      List<Holder> all, String containerId, @Nullable Holder holder) {
    List<Holder> next =
        Stream.concat(
                all.stream().filter(other -> !other.containerId().equals(containerId)),
                Stream.ofNullable(holder))
            .toList();
    return next.isEmpty() ? null : next;
  }

  private static Known known(Placed placed) {
    ContainerRecord record = placed.record();
    Map<String, EndpointRecord> places = new HashMap<>();
    Map<Ipv4, Place> found = new HashMap<>();
    Map<Key, Holder> held = new HashMap<>();
    record.endpoints().forEach(endpoint -> places.put(endpoint.networkId(), endpoint));
    for (EndpointNames names : EndpointNames.of(record)) {
      Ipv4 address = Ipv4.parse(names.address()).orElseThrow();
      EndpointRecord endpoint = Objects.requireNonNull(places.get(names.networkId()));
      found.put(address, new Place(names.networkId(), record.name() + "." + endpoint.network()));
      Holder holder = new Holder(record.id(), placed.hostId(), address);
      names.names().forEach(name -> held.put(new Key(names.networkId(), lower(name)), holder));
    }
    List<EndpointRecord> endpoints = addressed(record);
    return new Known(
        endpoints.stream()
            .flatMap(ContainerNaming::address)
            .collect(Collectors.toUnmodifiableSet()),
        endpoints.stream().map(ContainerNaming::view).toList(),
        endpoints.stream().allMatch(EndpointRecord::internal),
        servers(record),
        Map.copyOf(found),
        Map.copyOf(held));
  }

  private static List<EndpointRecord> addressed(ContainerRecord record) {
    return record.endpoints().stream()
        .filter(endpoint -> endpoint.address() != null)
        .sorted(
            Comparator.comparing(EndpointRecord::internal)
                .thenComparing(EndpointRecord::priority, Comparator.reverseOrder())
                .thenComparing(EndpointRecord::network))
        .toList();
  }

  private static Stream<Ipv4> address(EndpointRecord endpoint) {
    return Stream.ofNullable(endpoint.address()).flatMap(text -> Ipv4.parse(text).stream());
  }

  private static View view(EndpointRecord endpoint) {
    EndpointWish wish = endpoint.wish();
    List<String> wished = wish == null ? null : wish.links();
    Map<String, String> links = new HashMap<>();
    for (String link : wished == null ? List.<String>of() : wished) {
      int colon = link.indexOf(':');
      String target = colon < 0 ? link : link.substring(0, colon);
      links.put(lower(link.substring(colon + 1)), shortened(lower(target)));
    }
    return new View(endpoint.networkId(), "." + lower(endpoint.network()), Map.copyOf(links));
  }

  private static String shortened(String target) {
    return target.length() == FULL_ID ? target.substring(0, SHORT_ID) : target;
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** A loopback address is the container's own, where this host cannot ask. */
  private static List<InetSocketAddress> servers(ContainerRecord record) {
    List<String> wished = record.hostConfig().dns();
    return HostNameServers.parse(wished == null ? List.of() : wished).stream()
        .filter(server -> !server.getAddress().isLoopbackAddress())
        .toList();
  }

  // ---- questions

  @Override
  public Optional<List<Ipv4>> lookup(Ipv4 client, String name) {
    for (View view : views(client)) {
      List<Ipv4> found = lookup(view, name);
      if (!found.isEmpty()) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }

  private List<View> views(Ipv4 client) {
    Known known = clients.get(client);
    return known == null
        ? networkAround(client)
            .map(network -> new View(network.id(), "." + lower(network.name()), Map.of()))
            .stream()
            .toList()
        : known.views();
  }

  private List<Ipv4> lookup(View view, String name) {
    String linked = view.links().get(name);
    List<Ipv4> found = held(view, linked == null ? name : linked);
    return found.isEmpty() && name.endsWith(view.suffix())
        ? held(view, name.substring(0, name.length() - view.suffix().length()))
        : found;
  }

  private List<Ipv4> held(View view, String name) {
    List<Holder> all = holders.getOrDefault(new Key(view.networkId(), name), List.of());
    List<Ipv4> answering = new ArrayList<>(all.size());
    for (Holder holder : all) {
      if (reachable.test(holder.hostId())) {
        answering.add(holder.address());
      }
    }
    return answering.isEmpty() ? all.stream().map(Holder::address).toList() : answering;
  }

  @Override
  public Optional<String> reverse(Ipv4 client, Ipv4 address) {
    Known known = clients.get(address);
    Place place = known == null ? null : known.found().get(address);
    return Optional.ofNullable(place)
        .filter(
            there ->
                views(client).stream().anyMatch(view -> view.networkId().equals(there.networkId())))
        .map(Place::fullName);
  }

  @Override
  public boolean serves(Ipv4 client) {
    return clients.containsKey(client) || networkAround(client).isPresent();
  }

  @Override
  public List<InetSocketAddress> upstreams(Ipv4 client) {
    Known known = clients.get(client);
    if (known == null) {
      return networkAround(client).filter(network -> !network.internal()).isPresent()
          ? hostServers.get()
          : List.of();
    }
    if (known.internal()) {
      return List.of();
    }
    return known.servers().isEmpty() ? hostServers.get() : known.servers();
  }

  /** For whoever is not known: the host itself, and who comes before news of him. */
  private Optional<NetworkDefinition> networkAround(Ipv4 address) {
    for (NetworkDefinition network : networks.values()) {
      Subnet subnet = network.network();
      if (subnet.contains(address)) {
        return Optional.of(network);
      }
    }
    return Optional.empty();
  }
}
