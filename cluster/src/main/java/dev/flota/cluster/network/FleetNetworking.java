package dev.flota.cluster.network;

import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.Placed;
import dev.flota.cluster.ledger.AddressEntry;
import dev.flota.cluster.ledger.AddressWish;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.HostEntry;
import dev.flota.cluster.ledger.Ledger;
import dev.flota.cluster.ledger.LedgerNetworks;
import dev.flota.cluster.ledger.LedgerState;
import dev.flota.cluster.ledger.NetworkBook;
import dev.flota.cluster.ledger.Submission;
import dev.flota.engine.EngineException;
import dev.flota.engine.network.Forward;
import dev.flota.engine.network.Forwards;
import dev.flota.engine.network.HostRoutes;
import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.LocalWire;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.network.NetworkRegistry;
import dev.flota.engine.network.Networks;
import dev.flota.engine.network.OverlayWire;
import dev.flota.engine.network.Wire;
import dev.flota.engine.spec.EndpointRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the networks of this host as the fleet has them: follows the ledger's hosts and networks,
 * and makes this host answer for the published ports of containers on other hosts. One thread of
 * its own does all that; what fails is tried again.
 */
public final class FleetNetworking implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetNetworking.class);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration END_WITHIN = Duration.ofSeconds(15);

  /**
   * Where this host is in its fleet.
   *
   * @param hostId its id
   * @param underlay its address between the hosts
   * @param port the UDP port of VXLAN, the same on all hosts
   * @param mtu of networks that say none, in bytes
   * @param notes file for what must be known when the daemon starts
   * @param ownDefault the default network until the ledger tells of one
   */
  public record Place(
      String hostId, Ipv4 underlay, int port, int mtu, Path notes, NetworkDefinition ownDefault) {}

  private final Ledger ledger;
  private final Place place;
  private final LedgerNetworks registry;
  private final OverlayWire overlay;
  private final FleetWire wire;
  private final Map<String, Ipv4> addresses = new ConcurrentHashMap<>();
  private final Map<String, List<Forward>> published = new ConcurrentHashMap<>();
  private final Set<String> failed = new HashSet<>();
  private final AtomicBoolean settling = new AtomicBoolean();
  private final ScheduledThreadPoolExecutor thread;
  private NetworkNotes notes;
  private Set<Ipv4> peers = Set.of();
  private Map<String, NetworkDefinition> known = Map.of();
  private boolean current;
  private volatile Runnable whenCaughtUp = () -> {};
  private volatile @Nullable NetworkBook settledNetworks;
  private volatile @Nullable Map<String, HostEntry> settledHosts;
  private @Nullable AutoCloseable subscription;
  private volatile @Nullable Networks networks;
  private volatile @Nullable Directory directory;

  private FleetNetworking(Ledger ledger, Place place) {
    this.ledger = ledger;
    this.place = place;
    notes = NetworkNotes.read(place.notes());
    registry =
        new LedgerNetworks(
            ledger, place.hostId(), place.ownDefault(), notes.networks(), HostRoutes::subnets);
    overlay = new OverlayWire(place.underlay(), place.port(), this::hostAddress);
    wire = new FleetWire(overlay, network -> knownAddress(network.id()).isPresent());
    thread = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("networks").factory());
    thread.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Before the host's networks are opened: those that were connected with other hosts work on until
   * they are attached.
   */
  public static FleetNetworking open(Ledger ledger, Place place) {
    FleetNetworking networking = new FleetNetworking(ledger, place);
    networking.restore();
    return networking;
  }

  private void restore() {
    notes.addresses().forEach((id, text) -> Ipv4.parse(text).ifPresent(a -> addresses.put(id, a)));
    peers = peers(ledger.state()).orElseGet(() -> parsed(notes.peers()));
    wire.share(!peers.isEmpty());
    overlay.restore(
        peers.isEmpty()
            ? List.of()
            : registry.networks().stream()
                .filter(network -> addresses.containsKey(network.id()))
                .toList(),
        place.mtu());
    overlay.peers(peers);
  }

  /** Who decides over the networks. */
  public NetworkRegistry registry() {
    return registry;
  }

  /** What connects them with the other hosts. */
  public Wire wire() {
    return wire;
  }

  // ---- this host's own addresses

  private Ipv4 hostAddress(NetworkDefinition network) {
    return knownAddress(network.id()).orElseGet(() -> askAddress(network));
  }

  private Optional<Ipv4> knownAddress(String networkId) {
    return ledger
        .state()
        .networks()
        .address(networkId, place.hostId())
        .map(AddressEntry::address)
        .flatMap(Ipv4::parse)
        .or(() -> Optional.ofNullable(addresses.get(networkId)));
  }

  private Ipv4 askAddress(NetworkDefinition network) {
    String text =
        Submission.await(
                ledger.submit(
                    new Change.TakeAddress(place.hostId(), AddressWish.any(network.id()))))
            .address();
    return Ipv4.parse(text).orElseThrow();
  }

  // ---- following the ledger and the directory

  /**
   * Once the host's networks are open: keeps them up to date from now on.
   *
   * @param caughtUp what else to do, once, when this host has caught up with the ledger
   */
  public void follow(Networks opened, Directory containers, Runnable caughtUp) {
    whenCaughtUp = caughtUp;
    networks = opened;
    directory = containers;
    wire.ask();
    subscription = ledger.subscribe(Ledger.LedgerListener.ofStates(this::changed));
    containers.subscribe(
        new Directory.Listener() {
          @Override
          public void changed(Placed container) {
            concern(container);
          }

          @Override
          public void gone(Placed container) {
            concern(container);
          }
        });
    settleSoon();
    containers.elsewhere().forEach(this::concern);
  }

  /** In the ledger's thread. */
  @SuppressWarnings("ReferenceEquality") // a state's unchanged parts are the same objects
  private void changed(LedgerState state) {
    if (!state.networks().equals(settledNetworks)
        || !state.hosts().entries().equals(settledHosts)) {
      settleSoon();
    }
  }

  private void settleSoon() {
    if (settling.compareAndSet(false, true)) {
      thread.execute(this::settle);
    }
  }

  private void later(Runnable task) {
    Future<?> _ = thread.schedule(task, RETRY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void settle() {
    settling.set(false);
    Networks here = networks;
    if (here == null) {
      return;
    }
    try {
      if (!current) {
        Submission.await(ledger.sync());
        if (ledger.state().hosts().byId(place.hostId()).isEmpty()) {
          later(this::settleSoon);
          return; // it joins, or has left
        }
        whenCaughtUp.run();
        registry.current();
        current = true;
      }
      LedgerState state = ledger.state();
      settledNetworks = state.networks();
      settledHosts = state.hosts().entries();
      connect(here, state);
      forgetOthers(here);
      note();
      List.copyOf(failed).forEach(this::publish);
    } catch (RuntimeException e) {
      LOG.info("the networks are not as the fleet has them yet: {}", e.getMessage(), e);
      settledNetworks = null;
      later(this::settleSoon);
    }
  }

  private void connect(Networks here, LedgerState state) {
    Set<Ipv4> next = peers(state).orElse(Set.of());
    if (!next.equals(peers)) {
      LOG.info("the other hosts are {}", next);
      overlay.peers(next);
      peers = next;
      published.keySet().forEach(this::publish); // what a host had that has left ends here
    }
    boolean shared = !next.isEmpty();
    if (wire.shared() != shared || !wire.settled()) {
      if (shared) {
        here.here().forEach(this::hostAddress); // so that the move itself does not have to wait
      }
      wire.share(shared);
      rewire(here, wire);
      published.keySet().forEach(this::publish);
      Directory containers = directory;
      if (containers != null) {
        containers.elsewhere().forEach(this::concern);
      }
    }
  }

  private void rewire(Networks here, Wire next) {
    wire.moving(next.equals(wire));
    try {
      here.rewire(next);
    } finally {
      wire.moving(false);
    }
  }

  /** Underlay addresses of the others; empty when the ledger does not know this host. */
  private Optional<Set<Ipv4>> peers(LedgerState state) {
    if (state.hosts().byId(place.hostId()).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        parsed(
            state.hosts().all().stream()
                .filter(host -> !host.id().equals(place.hostId()))
                .map(HostEntry::address)
                .toList()));
  }

  private static Set<Ipv4> parsed(List<String> texts) {
    return texts.stream().flatMap(text -> Ipv4.parse(text).stream()).collect(Collectors.toSet());
  }

  private void forgetOthers(Networks here) {
    Map<String, NetworkDefinition> now =
        registry.networks().stream()
            .collect(Collectors.toMap(NetworkDefinition::id, network -> network));
    Map<String, NetworkDefinition> gone = new HashMap<>(known);
    here.here().forEach(network -> gone.put(network.id(), network));
    gone.keySet().removeAll(now.keySet());
    gone.values().forEach(here::forget);
    addresses.keySet().retainAll(now.keySet());
    known = now;
  }

  private void note() {
    Map<String, String> own = new HashMap<>();
    known
        .keySet()
        .forEach(id -> knownAddress(id).ifPresent(address -> own.put(id, address.toString())));
    NetworkNotes next =
        new NetworkNotes(
            List.copyOf(known.values()), own, peers.stream().map(Ipv4::toString).sorted().toList());
    if (!next.equals(notes)) {
      next.write(place.notes());
      notes = next;
    }
  }

  // ---- published ports of containers elsewhere

  private void concern(Placed container) {
    String id = container.record().id();
    if (published.containsKey(id) || !Forwards.of(container.record()).isEmpty()) {
      thread.execute(() -> publish(id));
    }
  }

  private void publish(String containerId) {
    Networks here = networks;
    Directory containers = directory;
    if (here == null || containers == null) {
      return;
    }
    try {
      Placed container = containers.byId(containerId);
      boolean unknown =
          container == null && ledger.state().containers().byId(containerId).isPresent();
      if (unknown || !publish(here, containerId, container)) {
        again(containerId); // it is on its way from host to host
      } else {
        failed.remove(containerId);
      }
    } catch (RuntimeException e) {
      LOG.warn("the ports of container {} are not published here: {}", containerId, e.getMessage());
      again(containerId);
    }
  }

  private void again(String containerId) {
    if (failed.add(containerId)) {
      later(() -> retry(containerId));
    }
  }

  private void retry(String containerId) {
    if (failed.remove(containerId)) {
      publish(containerId);
    }
  }

  private boolean isHere(@Nullable Placed container) {
    return container != null && container.hostId().equals(place.hostId());
  }

  private List<Forward> wanted(Placed container) {
    boolean elsewhere =
        !isHere(container) && ledger.state().hosts().byId(container.hostId()).isPresent();
    return wire.shared() && elsewhere && container.record().state().status().alive()
        ? Forwards.of(container.record()).stream().filter(FleetNetworking::everywhere).toList()
        : List.of();
  }

  /** An address of its own has only the host that has it. */
  private static boolean everywhere(Forward forward) {
    Ipv4 address = forward.from().address();
    return address.equals(Ipv4.ANY) || address.isLoopback();
  }

  /** Whether all is as it should be now. */
  private boolean publish(Networks here, String containerId, @Nullable Placed container) {
    List<Forward> wanted = container == null ? List.of() : wanted(container);
    if (wanted.isEmpty() || container == null) {
      if (published.remove(containerId) != null || !isHere(container)) {
        here.withdraw(containerId); // also what this host answers for since it left
      }
      return true;
    }
    if (wanted.equals(published.get(containerId))) {
      return true;
    }
    for (EndpointRecord endpoint : container.record().endpoints()) {
      if (!endpoint.published().isEmpty()) {
        here.ensure(require(endpoint));
      }
    }
    boolean inForce = here.publishElsewhere(containerId, wanted);
    if (inForce) {
      published.put(containerId, wanted);
    }
    return inForce;
  }

  private NetworkDefinition require(EndpointRecord endpoint) {
    return registry.networks().stream()
        .filter(network -> network.id().equals(endpoint.networkId()))
        .findFirst()
        .orElseThrow(
            () -> EngineException.notFound("network " + endpoint.network() + " not found"));
  }

  // ---- the end

  /**
   * Before the host leaves its fleet: its networks stand alone, and what runs in them goes on.
   *
   * @return the networks that are on this host, without the default one
   */
  public List<NetworkDefinition> standAlone() {
    stop();
    Networks here = networks;
    if (here == null) {
      return List.of();
    }
    published.keySet().forEach(here::withdraw);
    here.rewire(new LocalWire());
    return here.here().stream()
        .filter(network -> !network.id().equals(place.ownDefault().id()))
        .toList();
  }

  /** Stops following; the networks work on as they are. */
  @Override
  public void close() {
    stop();
    overlay.close();
  }

  private void stop() {
    try {
      if (subscription != null) {
        subscription.close();
      }
      thread.shutdown();
      if (!thread.awaitTermination(END_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("the networks are still being worked on");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("the ledger did not let go", e);
    }
  }
}
