package dev.flota.cluster.directory;

import dev.flota.cluster.ledger.ContainerBook;
import dev.flota.cluster.membership.HostState;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.ContainerIndex;
import dev.flota.engine.image.Image;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.volume.VolumeInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All containers and hosts of the fleet as this host knows them; every read is local. This host's
 * own containers come from its index and are never out of date; the others' follow them by a
 * fraction of a second while the hosts see each other.
 *
 * <p>Written by the {@link DirectoryActor}, read by anyone.
 */
public final class Directory {
  /** So long what was learned is believed without being told. */
  private static final long LEARNED_NANOS = 10_000_000_000L;

  private final ContainerIndex own;
  private final String ownHost;
  private final Supplier<ContainerBook> registered;
  private final NavigableMap<String, Placed> elsewhere = new ConcurrentSkipListMap<>();
  private final ConcurrentMap<String, String> names = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Learned> learned = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, HostStatus> hosts = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, HostGoods> goods = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, HostState> states = new ConcurrentHashMap<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
  private final List<Consumer<String>> greeters = new CopyOnWriteArrayList<>();

  private record Watcher(String hostId, Runnable onLoss) {}

  /** Is told of changes on other hosts, in the thread that brings them. */
  public interface Listener {
    /** A container elsewhere is new or has changed. */
    void changed(Placed container);

    /** A container is no longer on another host. */
    void gone(Placed container);
  }

  /**
   * The directory that the host {@code ownHost} with these containers keeps.
   *
   * @param registered the ledger's containers as this host knows them: to find those of which no
   *     host has told yet
   */
  public Directory(ContainerIndex own, String ownHost, Supplier<ContainerBook> registered) {
    this.own = own;
    this.ownHost = ownHost;
    this.registered = registered;
  }

  /** The id of this host. */
  public String ownHost() {
    return ownHost;
  }

  /** From now on tells the listener. */
  public void subscribe(Listener listener) {
    listeners.add(listener);
  }

  // ---- containers

  /** All containers, newest first. */
  public List<ContainerRecord> all() {
    List<ContainerRecord> all = new ArrayList<>(own.all());
    if (elsewhere.isEmpty()) {
      return all;
    }
    elsewhere.values().stream()
        .filter(placed -> own.byId(id(placed)) == null) // it comes here, or is about to leave
        .forEach(placed -> all.add(placed.record()));
    all.sort(Comparator.comparing(ContainerRecord::created).reversed());
    return all;
  }

  /** Those of other hosts. */
  public Collection<Placed> elsewhere() {
    return elsewhere.values();
  }

  /**
   * The container meant by a full id, a name or a unique beginning of an id, in this order.
   *
   * @throws EngineException NOT_FOUND, or INVALID when the beginning is ambiguous
   */
  public Placed find(String reference) {
    Placed exact = byId(reference);
    if (exact != null) {
      return exact;
    }
    String name = reference.startsWith("/") ? reference.substring(1) : reference;
    Placed named = byName(name);
    if (named != null) {
      return named;
    }
    List<Placed> beginning = beginningWith(reference);
    return switch (beginning.size()) {
      case 0 ->
          registeredElsewhere(reference)
              .orElseGet(() -> new Placed(ownHost, own.find(reference))); // it words the refusal
      case 1 -> beginning.getFirst();
      default ->
          throw EngineException.invalid("multiple IDs found with provided prefix: " + reference);
    };
  }

  /**
   * A container as its host entered it in the ledger: of its state now that host alone can tell.
   *
   * @param reference as in {@link #find}
   */
  public Optional<Placed> registeredElsewhere(String reference) {
    return registered
        .get()
        .find(reference)
        .filter(entry -> !entry.ownerHostId().equals(ownHost))
        .map(entry -> new Placed(entry.ownerHostId(), entry.record().withName(entry.name())));
  }

  /** The container of exactly this id, if its host has told of it. */
  public @Nullable Placed byId(String id) {
    ContainerRecord here = own.byId(id);
    if (here != null) {
      return new Placed(ownHost, here);
    }
    Placed told = elsewhere.get(id);
    return told == null ? learned(id) : told;
  }

  private @Nullable Placed learned(String id) {
    Learned known = learned.get(id);
    if (known != null && System.nanoTime() - known.at() > LEARNED_NANOS) {
      learned.remove(id, known);
      return null;
    }
    return known == null ? null : known.placed();
  }

  /**
   * Takes up at once what another host has answered; what the directory tells comes later. So
   * whoever has made a container finds it with the next call.
   */
  public void learn(Placed placed) {
    String id = placed.record().id();
    if (!placed.hostId().equals(ownHost)) {
      learned.put(id, new Learned(placed, System.nanoTime()));
      if (names.putIfAbsent(placed.record().name(), id) == null) {
        learned.keySet().removeIf(other -> learned(other) == null);
      }
    }
  }

  private record Learned(Placed placed, long at) {}

  @Nullable ContainerRecord ownRecord(String id) {
    return own.byId(id);
  }

  private @Nullable Placed byName(String name) {
    Optional<ContainerRecord> here = own.byName(name);
    if (here.isPresent()) {
      return new Placed(ownHost, here.get());
    }
    String id = names.get(name);
    return id == null ? null : byId(id);
  }

  /** Up to two containers whose ids begin so. */
  public List<Placed> beginningWith(String reference) {
    if (reference.isEmpty()) {
      return List.of();
    }
    List<Placed> found = new ArrayList<>();
    own.beginningWith(reference).forEach(record -> found.add(new Placed(ownHost, record)));
    elsewhere.subMap(reference, true, reference + Character.MAX_VALUE, true).values().stream()
        .filter(placed -> found.stream().noneMatch(known -> known.record().id().equals(id(placed))))
        .limit(2)
        .forEach(found::add);
    return found;
  }

  private static String id(Placed placed) {
    return placed.record().id();
  }

  /** What other hosts have told last; {@code null} for a container that is gone. */
  void put(String id, @Nullable Placed now) {
    Placed before = now == null ? elsewhere.remove(id) : elsewhere.put(id, now);
    learned.remove(id);
    if (before != null && (now == null || !before.record().name().equals(now.record().name()))) {
      names.remove(before.record().name(), id);
    }
    if (now != null) {
      names.put(now.record().name(), id);
      listeners.forEach(listener -> listener.changed(now));
    } else if (before != null) {
      listeners.forEach(listener -> listener.gone(before));
    }
  }

  // ---- hosts

  /** The host that has the container, empty for one that is not known. */
  public Optional<String> hostOf(String containerId) {
    Placed placed = byId(containerId);
    return Optional.ofNullable(placed).map(Placed::hostId);
  }

  /** All hosts that have said something of themselves, by their ids. */
  public Map<String, HostStatus> hosts() {
    return new HashMap<>(hosts);
  }

  /** What a host has said of itself last. */
  public Optional<HostStatus> host(String hostId) {
    return Optional.ofNullable(hosts.get(hostId));
  }

  /** What people call a host; its id until it has told. */
  public String nameOf(String hostId) {
    return host(hostId).map(HostStatus::name).orElse(hostId);
  }

  /** Whether a host can be reached now. */
  public HostState state(String hostId) {
    return hostId.equals(ownHost)
        ? HostState.READY
        : Objects.requireNonNullElse(states.get(hostId), HostState.LOST);
  }

  /** Images and volumes by host. */
  public Map<String, HostGoods> goods() {
    return new HashMap<>(goods);
  }

  /** Images of all other hosts that can be reached, and of this one as given. */
  public FleetImages images(List<Image> here) {
    Map<String, List<Image>> byHost = new HashMap<>();
    goods.forEach(
        (hostId, has) -> {
          if (!hostId.equals(ownHost) && state(hostId) == HostState.READY) {
            byHost.put(hostId, has.images());
          }
        });
    byHost.put(ownHost, here);
    return new FleetImages(byHost);
  }

  /** Volumes of all other hosts that can be reached. */
  public Map<String, List<VolumeInfo>> volumesElsewhere() {
    Map<String, List<VolumeInfo>> byHost = new TreeMap<>();
    goods.forEach(
        (hostId, has) -> {
          if (!hostId.equals(ownHost) && state(hostId) == HostState.READY) {
            byHost.put(hostId, has.volumes());
          }
        });
    return byHost;
  }

  /** Another host that has a volume of that name. */
  public Optional<String> volumeElsewhere(String name) {
    return volumesElsewhere().entrySet().stream()
        .filter(host -> host.getValue().stream().anyMatch(volume -> volume.name().equals(name)))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** Number of containers on a host. */
  public int containersOn(String hostId) {
    return hostId.equals(ownHost)
        ? own.all().size()
        : (int)
            elsewhere.values().stream().filter(placed -> placed.hostId().equals(hostId)).count();
  }

  void said(HostStatus status) {
    hosts.put(status.hostId(), status);
  }

  void has(String hostId, HostGoods has) {
    goods.put(hostId, has);
  }

  /** What the cluster sees of all its hosts now; who is not among them is lost. */
  public void seen(Map<String, HostState> now) {
    List<String> returned =
        now.keySet().stream()
            .filter(hostId -> now.get(hostId) == HostState.READY)
            .filter(hostId -> state(hostId) != HostState.READY)
            .toList();
    states.keySet().retainAll(now.keySet());
    states.putAll(now);
    returned.forEach(hostId -> greeters.forEach(greeter -> greeter.accept(hostId)));
    for (Watcher watcher : watchers) {
      if (state(watcher.hostId()) == HostState.LOST) {
        watcher.onLoss().run();
      }
    }
  }

  /**
   * Has it done with the id of each host that can be reached now and could not before.
   *
   * @return ends that
   */
  public Runnable onReturn(Consumer<String> act) {
    greeters.add(act);
    return () -> greeters.remove(act);
  }

  /**
   * Has it done when the host is lost, at once if it is; maybe more than once.
   *
   * @return ends that
   */
  public Runnable onLoss(String hostId, Runnable act) {
    Watcher watcher = new Watcher(hostId, act);
    watchers.add(watcher);
    if (state(hostId) == HostState.LOST) {
      act.run();
    }
    return () -> watchers.remove(watcher);
  }

  /** The same answer, or UNAVAILABLE when the host is lost before it comes. */
  public <T> CompletionStage<T> unlessLost(String hostId, CompletionStage<T> answer) {
    CompletableFuture<T> either = new CompletableFuture<>();
    Runnable end = onLoss(hostId, () -> either.completeExceptionally(lost(hostId)));
    answer.whenComplete(
        (value, failure) -> {
          end.run();
          if (failure == null) {
            either.complete(value);
          } else {
            either.completeExceptionally(failure);
          }
        });
    return either;
  }

  /** What is said of a call that a host did not live to answer. */
  public EngineException lost(String hostId) {
    String name = host(hostId).map(HostStatus::name).orElse(hostId);
    return new EngineException(
        ErrorKind.UNAVAILABLE,
        name
            + " was lost before it answered: it may have done what was asked; look, and try again");
  }

  /** Forgets a host that has left for good. */
  void forget(String hostId) {
    hosts.remove(hostId);
    goods.remove(hostId);
    states.remove(hostId);
  }
}
