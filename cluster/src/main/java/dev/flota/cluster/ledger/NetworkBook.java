package dev.flota.cluster.ledger;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.network.NetworkPlan;
import dev.flota.engine.network.Subnet;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
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
    TreePMap<String, NetworkDefinition> entries,
    TreePMap<String, String> names,
    TreePMap<String, AddressBook> addresses,
    int nextVni) {

  /** The name of the network that every fleet has. */
  public static final String BRIDGE = "bridge";

  private static final Set<String> PREDEFINED = Set.of(BRIDGE, "host", "none", "default");
  private static final int FIRST_VNI = 4096;

  static final NetworkBook EMPTY =
      new NetworkBook(TreePMap.empty(), TreePMap.empty(), TreePMap.empty(), FIRST_VNI);

  /** All, by id. */
  public Collection<NetworkDefinition> all() {
    return entries.values();
  }

  /** By its full id. */
  public Optional<NetworkDefinition> byId(String id) {
    return Optional.ofNullable(entries.get(id));
  }

  /** By its name. */
  public Optional<NetworkDefinition> byName(String name) {
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

  /** What a container or host has in a network. */
  public Optional<AddressEntry> address(String networkId, String ownerId) {
    return book(networkId).flatMap(book -> book.of(ownerId));
  }

  /** Who has an address in a network. */
  public Optional<AddressEntry> holder(String networkId, String address) {
    return book(networkId).flatMap(book -> book.holder(address));
  }

  private Optional<AddressBook> book(String networkId) {
    return Optional.ofNullable(addresses.get(networkId));
  }

  NetworkDefinition require(String id) {
    return byId(id).orElseThrow(() -> EngineException.notFound("network " + id + " not found"));
  }

  NetworkBook found(Change.FoundCluster change) {
    NetworkBook book = this;
    for (NetworkDefinition network : change.networks()) {
      book = book.add(network);
    }
    return book;
  }

  NetworkBook create(Change.CreateNetwork change) {
    NetworkDefinition wish = change.wish();
    if (PREDEFINED.contains(wish.name())) {
      throw new EngineException(
          ErrorKind.FORBIDDEN,
          "operation is not permitted on predefined %s network ".formatted(wish.name()));
    }
    if (entries.containsKey(wish.id())) {
      throw EngineException.conflict("network with id " + wish.id() + " already exists");
    }
    List<Subnet> avoid = change.avoid().stream().map(Subnet::parse).toList();
    return add(NetworkPlan.complete(wish, all(), avoid, nextVni));
  }

  private NetworkBook add(NetworkDefinition network) {
    return new NetworkBook(
        entries.plus(network.id(), network),
        names.plus(network.name(), network.id()),
        addresses.plus(network.id(), AddressBook.of(network)),
        Math.max(nextVni, network.vni() + 1));
  }

  /** The same without a network that no container has an address in. */
  NetworkBook remove(String id, HostBook hosts, ContainerBook containers) {
    NetworkDefinition network = require(id);
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
  static NetworkBook of(List<NetworkDefinition> networks, List<AddressEntry> taken, int nextVni) {
    NetworkBook result = EMPTY;
    for (NetworkDefinition network : networks) {
      result = result.add(network);
    }
    for (AddressEntry address : taken) {
      result = result.with(address.networkId(), book -> book.put(address));
    }
    return new NetworkBook(result.entries, result.names, result.addresses, nextVni);
  }
}
