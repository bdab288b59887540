package dev.flota.cluster.ledger;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.Subnet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The networks of the fleet and their addresses.
 *
 * @param names ids by name
 * @param addresses by network id
 * @param nextVni VXLAN identifiers below it were given
 */
public record NetworkBook(
    TreePMap<String, NetworkEntry> entries,
    TreePMap<String, String> names,
    TreePMap<String, AddressBook> addresses,
    int nextVni) {

  /** The name of the network that every fleet has. */
  public static final String BRIDGE = "bridge";

  private static final Set<String> PREDEFINED = Set.of(BRIDGE, "host", "none");
  private static final int FIRST_VNI = 4096;

  static final NetworkBook EMPTY =
      new NetworkBook(TreePMap.empty(), TreePMap.empty(), TreePMap.empty(), FIRST_VNI);

  /** All, by id. */
  public Collection<NetworkEntry> all() {
    return entries.values();
  }

  /** By its full id. */
  public Optional<NetworkEntry> byId(String id) {
    return Optional.ofNullable(entries.get(id));
  }

  /** By its name. */
  public Optional<NetworkEntry> byName(String name) {
    return Optional.ofNullable(names.get(name)).flatMap(this::byId);
  }

  /** All addresses taken in a network, lowest first; none when there is no such network. */
  public Collection<AddressEntry> addressesIn(String networkId) {
    return book(networkId).<Collection<AddressEntry>>map(AddressBook::all).orElse(List.of());
  }

  /** All addresses of a container or host. */
  public List<AddressEntry> addressesOf(String ownerId) {
    return addresses.values().stream().flatMap(book -> book.of(ownerId).stream()).toList();
  }

  /** Who has an address in a network. */
  public Optional<AddressEntry> holder(String networkId, String address) {
    return book(networkId).flatMap(book -> book.holder(address));
  }

  private Optional<AddressBook> book(String networkId) {
    return Optional.ofNullable(addresses.get(networkId));
  }

  NetworkEntry require(String id) {
    return byId(id).orElseThrow(() -> EngineException.notFound("network " + id + " not found"));
  }

  NetworkBook found(Change.FoundCluster change) {
    Subnet subnet = Subnet.parse(change.bridgeSubnet());
    return add(
        network(
            new Change.CreateNetwork(
                change.bridgeNetworkId(),
                BRIDGE,
                BRIDGE,
                change.bridgeSubnet(),
                change.bridgeGateway(),
                null,
                false,
                false,
                Map.of(),
                Map.of(),
                change.created(),
                List.of()),
            subnet));
  }

  NetworkBook create(Change.CreateNetwork change) {
    if (PREDEFINED.contains(change.name())) {
      throw new EngineException(
          ErrorKind.FORBIDDEN,
          "operation is not permitted on predefined %s network ".formatted(change.name()));
    }
    if (names.containsKey(change.name())) {
      throw EngineException.conflict("network with name " + change.name() + " already exists");
    }
    if (entries.containsKey(change.id())) {
      throw EngineException.conflict("network with id " + change.id() + " already exists");
    }
    String wished = change.subnet();
    Subnet subnet = wished == null ? free(change.avoid()) : Subnet.parse(wished);
    if (overlaps(subnet)) {
      throw new EngineException(
          ErrorKind.FORBIDDEN,
          "invalid pool request: Pool overlaps with other one on this address space");
    }
    return add(network(change, subnet));
  }

  private NetworkEntry network(Change.CreateNetwork change, Subnet subnet) {
    Subnet range = inside(subnet, change.ipRange());
    return new NetworkEntry(
        change.id(),
        change.name(),
        change.driver(),
        nextVni,
        subnet.toString(),
        gateway(subnet, range, change.gateway()).toString(),
        range.toString(),
        change.internal(),
        change.attachable(),
        change.options(),
        change.labels(),
        change.created());
  }

  private NetworkBook add(NetworkEntry network) {
    return new NetworkBook(
        entries.plus(network.id(), network),
        names.plus(network.name(), network.id()),
        addresses.plus(network.id(), AddressBook.of(network)),
        nextVni + 1);
  }

  private static Subnet inside(Subnet subnet, @Nullable String text) {
    if (text == null) {
      return subnet;
    }
    Subnet range = Subnet.parse(text);
    if (!subnet.contains(range.network()) || range.prefixLength() < subnet.prefixLength()) {
      throw EngineException.invalid(
          "invalid network config:\ninvalid ip-range %s: parent subnet is %s"
              .formatted(range, subnet));
    }
    return range;
  }

  private static Ipv4 gateway(Subnet subnet, Subnet range, @Nullable String text) {
    if (text == null) {
      return range.network().equals(subnet.network()) ? subnet.at(1) : range.network();
    }
    return Ipv4.parse(text)
        .filter(subnet::contains)
        .filter(address -> !address.equals(subnet.network()))
        .filter(address -> !address.equals(subnet.broadcast()))
        .orElseThrow(
            () ->
                EngineException.invalid(
                    "invalid network config:\ninvalid gateway address %s: parent subnet is %s"
                        .formatted(text, subnet)));
  }

  private Subnet free(List<String> avoid) {
    List<Subnet> avoided = avoid.stream().map(Subnet::parse).toList();
    return pools()
        .filter(pool -> !overlaps(pool))
        .filter(pool -> avoided.stream().noneMatch(other -> overlap(pool, other)))
        .findFirst()
        .orElseThrow(
            () ->
                EngineException.invalid("all predefined address pools have been fully subnetted"));
  }

  /** Docker's default address pools without the one of {@code bridge}. */
  private static Stream<Subnet> pools() {
    return Stream.concat(
            IntStream.rangeClosed(18, 31).mapToObj("172.%d.0.0/16"::formatted),
            IntStream.iterate(0, third -> third < 256, third -> third + 16)
                .mapToObj("192.168.%d.0/20"::formatted))
        .map(Subnet::parse);
  }

  private boolean overlaps(Subnet subnet) {
    return addresses.values().stream().anyMatch(book -> overlap(book.subnet(), subnet));
  }

  private static boolean overlap(Subnet one, Subnet other) {
    return one.contains(other.network()) || other.contains(one.network());
  }

  /** The same without a network that no container has an address in. */
  NetworkBook remove(String id, HostBook hosts, ContainerBook containers) {
    NetworkEntry network = require(id);
    if (PREDEFINED.contains(network.name())) {
      throw new EngineException(
          ErrorKind.FORBIDDEN,
          "%s is a pre-defined network and cannot be removed".formatted(network.name()));
    }
    String endpoints =
        addressesIn(id).stream()
            .filter(address -> hosts.byId(address.ownerId()).isEmpty())
            .map(address -> endpoint(address, containers))
            .collect(Collectors.joining(", "));
    if (!endpoints.isEmpty()) {
      throw new EngineException(
          ErrorKind.FORBIDDEN,
          "error while removing network: network %s has active endpoints (%s)"
              .formatted(network.name(), endpoints));
    }
    return new NetworkBook(
        entries.minus(id), names.minus(network.name()), addresses.minus(id), nextVni);
  }

  private static String endpoint(AddressEntry address, ContainerBook containers) {
    Optional<ContainerEntry> container = containers.byId(address.ownerId());
    String id =
        container.stream()
            .flatMap(found -> found.record().endpoints().stream())
            .filter(endpoint -> endpoint.networkId().equals(address.networkId()))
            .map(endpoint -> endpoint.endpointId())
            .findFirst()
            .orElse(address.ownerId());
    return "name:\"%s\" id:\"%s\""
        .formatted(
            container.map(ContainerEntry::name).orElse(HostBook.shortId(address.ownerId())),
            HostBook.shortId(id));
  }

  NetworkBook take(String ownerId, AddressWish wish, boolean fromTheTop) {
    require(wish.networkId());
    return with(wish.networkId(), book -> book.take(ownerId, wish, fromTheTop));
  }

  /** What the owner has in a network, if anything. */
  Optional<Answer.AddressTaken> answer(String ownerId, String networkId) {
    return book(networkId).flatMap(book -> book.answer(ownerId));
  }

  NetworkBook giveBack(@Nullable String networkId, String ownerId) {
    if (networkId != null) {
      return with(networkId, book -> book.giveBack(ownerId));
    }
    NetworkBook result = this;
    for (AddressEntry address : addressesOf(ownerId)) {
      result = result.with(address.networkId(), book -> book.giveBack(ownerId));
    }
    return result;
  }

  private NetworkBook with(String networkId, UnaryOperator<AddressBook> step) {
    AddressBook book = addresses.get(networkId);
    return book == null
        ? this
        : new NetworkBook(entries, names, addresses.plus(networkId, step.apply(book)), nextVni);
  }

  /** From a snapshot. */
  static NetworkBook of(List<NetworkEntry> networks, List<AddressEntry> taken, int nextVni) {
    NetworkBook result = EMPTY;
    for (NetworkEntry network : networks) {
      result = result.add(network);
    }
    for (AddressEntry address : taken) {
      result = result.with(address.networkId(), book -> book.put(address));
    }
    return new NetworkBook(result.entries, result.names, result.addresses, nextVni);
  }
}
