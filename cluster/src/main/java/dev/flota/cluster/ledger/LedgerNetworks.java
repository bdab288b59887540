package dev.flota.cluster.ledger;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.network.Address;
import dev.flota.engine.network.HostPort;
import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.network.NetworkRegistry;
import dev.flota.engine.network.PortWish;
import dev.flota.engine.network.Protocol;
import dev.flota.engine.network.Subnet;
import dev.flota.engine.spec.ContainerRecord;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The networks of a host of a fleet: the ledger decides, so that a name, address or port that two
 * hosts want goes to one of them. What is held already is answered without asking the others.
 *
 * <p>A daemon that starts knows the ledger only when the other hosts have told what is new in it.
 * Until it {@linkplain #current is current}, what it remembers counts as well: it must not take a
 * network for gone of which it has not heard yet.
 */
public final class LedgerNetworks implements NetworkRegistry {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerNetworks.class);

  private final Ledger ledger;
  private final String hostId;
  private final NetworkDefinition ownDefault;
  private final Supplier<Collection<Subnet>> routes;
  private volatile List<NetworkDefinition> remembered;
  private volatile boolean current;
  private volatile Seen seen = new Seen(NetworkBook.EMPTY, List.of());

  private record Seen(NetworkBook book, List<NetworkDefinition> networks) {}

  /**
   * The networks that the ledger tells of.
   *
   * @param hostId of this host
   * @param ownDefault the default network until the ledger tells of one, for a host that joins
   * @param remembered networks that there were when the daemon ended
   * @param routes where the host itself has routes to, so that no network is put there
   */
  public LedgerNetworks(
      Ledger ledger,
      String hostId,
      NetworkDefinition ownDefault,
      Collection<NetworkDefinition> remembered,
      Supplier<Collection<Subnet>> routes) {
    this.ledger = ledger;
    this.hostId = hostId;
    this.ownDefault = ownDefault;
    this.remembered = List.copyOf(remembered);
    this.routes = routes;
  }

  /** This host has caught up with the ledger: from now on it alone counts. */
  public void current() {
    current = true;
    remembered = List.of();
  }

  @Override
  public List<NetworkDefinition> networks() {
    NetworkBook book = ledger.state().networks();
    return current ? list(book) : union(book);
  }

  private List<NetworkDefinition> list(NetworkBook book) {
    Seen last = seen;
    if (!last.book().equals(book)) {
      last = new Seen(book, List.copyOf(book.all()));
      seen = last;
    }
    return last.networks();
  }

  private List<NetworkDefinition> union(NetworkBook book) {
    Map<String, NetworkDefinition> all = new LinkedHashMap<>();
    all.put(ownDefault.id(), ownDefault);
    remembered.forEach(network -> all.put(network.id(), network));
    book.all().forEach(network -> all.put(network.id(), network));
    return List.copyOf(all.values());
  }

  @Override
  public void catchUp() {
    LedgerState _ = Submission.await(ledger.sync());
  }

  @Override
  public NetworkDefinition create(NetworkDefinition wish) {
    List<String> avoid =
        wish.subnet() == null ? routes.get().stream().map(Subnet::toString).toList() : List.of();
    return Submission.await(ledger.submit(new Change.CreateNetwork(wish, avoid))).network();
  }

  @Override
  public void remove(String networkId) {
    try {
      Submission.await(ledger.submit(new Change.RemoveNetwork(networkId)));
    } catch (EngineException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      LOG.debug("network {} was gone already", networkId, e);
    }
  }

  @Override
  public Address take(
      String networkId,
      String containerId,
      @Nullable String wishedAddress,
      @Nullable String wishedMac) {
    return ledger
        .state()
        .networks()
        .address(networkId, containerId)
        .filter(held -> wishedAddress == null || wishedAddress.equals(held.address()))
        .map(held -> new Address(held.address(), held.mac()))
        .orElseGet(() -> ask(networkId, containerId, wishedAddress, wishedMac));
  }

  private Address ask(
      String networkId,
      String ownerId,
      @Nullable String wishedAddress,
      @Nullable String wishedMac) {
    Answer.AddressTaken taken =
        Submission.await(
            ledger.submit(
                new Change.TakeAddress(
                    ownerId, new AddressWish(networkId, wishedAddress, wishedMac))));
    return new Address(taken.address(), taken.mac());
  }

  @Override
  public void giveBack(String networkId, String containerId) {
    if (!isAnothers(containerId)
        && ledger.state().networks().address(networkId, containerId).isPresent()) {
      Submission.await(ledger.submit(new Change.GiveBackAddresses(networkId, containerId)));
    }
  }

  @Override
  public List<HostPort> claimPorts(
      String containerId, List<PortWish> wishes, Set<HostPort> unusable) {
    List<HostPort> held =
        ledger.state().ports().of(containerId).stream().map(LedgerNetworks::port).toList();
    if (satisfy(held, wishes) && held.stream().noneMatch(unusable::contains)) {
      return held;
    }
    return Submission.await(
            ledger.submit(
                new Change.TakePorts(
                    containerId,
                    wishes.stream().map(LedgerNetworks::claim).toList(),
                    unusable.stream().map(LedgerNetworks::place).toList())))
        .ports()
        .stream()
        .map(LedgerNetworks::port)
        .toList();
  }

  private static boolean satisfy(List<HostPort> held, List<PortWish> wishes) {
    if (held.size() != wishes.size()) {
      return false;
    }
    for (int i = 0; i < wishes.size(); i++) {
      if (!satisfies(held.get(i), wishes.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean satisfies(HostPort held, PortWish wish) {
    boolean any = wish.hostPorts().last() == 0;
    return held.protocol() == wish.port().protocol()
        && held.address().equals(wish.hostIp())
        && (any
            || (wish.hostPorts().first() <= held.number()
                && held.number() <= wish.hostPorts().last()));
  }

  private static PortClaim claim(PortWish wish) {
    return new PortClaim(
        wish.port().protocol().toString(),
        wish.hostIp().toString(),
        wish.hostPorts().first(),
        wish.hostPorts().last());
  }

  private static PortPlace place(HostPort port) {
    return new PortPlace(port.protocol().toString(), port.address().toString(), port.number());
  }

  private static HostPort port(PortEntry port) {
    return new HostPort(
        Protocol.parse(port.protocol()).orElseThrow(),
        Ipv4.parse(port.hostIp()).orElseThrow(),
        port.port());
  }

  /**
   * A container that ends must end, also on a host that is cut off: then it keeps its ports, for
   * its next start or until it is removed.
   */
  @Override
  public void releasePorts(String containerId) {
    if (isAnothers(containerId) || ledger.state().ports().of(containerId).isEmpty()) {
      return;
    }
    try {
      Submission.await(ledger.submit(new Change.ReleasePorts(containerId)));
    } catch (EngineException e) {
      if (e.kind() != ErrorKind.UNAVAILABLE) {
        throw e;
      }
      LOG.warn("container {} keeps its published ports for now: {}", containerId, e.text());
    }
  }

  /** What is left here of a container that another host has taken over gives nothing back. */
  private boolean isAnothers(String containerId) {
    return ledger.state().containers().isOfAnother(containerId, hostId);
  }

  /** The ledger remembers by itself. */
  @Override
  public void recall(Collection<ContainerRecord> existing) {
    LOG.debug("{} containers have their addresses by the ledger", existing.size());
  }
}
