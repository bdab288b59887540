package dev.flota.cluster.directory;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ddata.Key;
import akka.cluster.ddata.LWWMap;
import akka.cluster.ddata.LWWMapKey;
import akka.cluster.ddata.SelfUniqueAddress;
import akka.cluster.ddata.typed.javadsl.DistributedData;
import akka.cluster.ddata.typed.javadsl.Replicator;
import dev.flota.cluster.membership.HostState;
import dev.flota.engine.container.ContainerIndex;
import dev.flota.engine.spec.ContainerRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Tells the other hosts what this one has, and writes what they tell into the {@link Directory}.
 *
 * <p>It is Akka Distributed Data: last-writer-wins maps, the containers' in {@link #BUCKETS} of
 * them by their ids so that a change moves little. Each entry has one writer, the host that has the
 * container, so nothing is ever merged. What must be unique is not here but in the ledger.
 */
public final class DirectoryActor extends AbstractBehavior<DirectoryActor.Command> {
  /** Maps over which containers are spread. */
  static final int BUCKETS = 32;

  private static final Duration TOLD_WITHIN = Duration.ofSeconds(3);
  private static final String CONTAINERS = "containers-";
  private static final Key<LWWMap<String, HostStatus>> HOSTS = LWWMapKey.create("hosts");
  private static final Key<LWWMap<String, HostGoods>> GOODS = LWWMapKey.create("goods");

  /** What the directory can be told. */
  public sealed interface Command {}

  /**
   * A container of this host is new, has changed, or is gone. Without its record: two threads may
   * tell of one in the wrong order.
   */
  private record Changed(String containerId) implements Command {}

  /** What this host says of itself. */
  public record Status(HostStatus status) implements Command {}

  /** What this host has. */
  public record Goods(HostGoods goods) implements Command {}

  /** A host has left for good. */
  public record ForgetHost(String hostId) implements Command {}

  private record Heard(Replicator.Changed<LWWMap<String, ?>> change) implements Command {}

  private record NotHeard() implements Command {}

  /** A host can be reached that could not before, or not all have answered what they know. */
  private record Compare() implements Command {}

  /** All that the hosts know of a map of containers. */
  private record Known(String key, Map<String, Placed> containers) implements Command {}

  private record NotAllAnswered() implements Command {}

  private final Directory directory;
  private final SelfUniqueAddress node;
  private final List<Key<LWWMap<String, Placed>>> buckets = new ArrayList<>();
  private final List<Map<String, Placed>> heard = new ArrayList<>();
  private final List<AutoCloseable> subscriptions = new ArrayList<>();
  private final ActorRef<Replicator.Command> replicator;
  private final TimerScheduler<Command> timers;
  private final ActorRef<Replicator.GetResponse<LWWMap<String, Placed>>> answers;

  private DirectoryActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Directory directory,
      ContainerIndex index) {
    super(context);
    this.timers = timers;
    this.directory = directory;
    DistributedData data = DistributedData.get(context.getSystem());
    node = data.selfUniqueAddress();
    replicator = data.replicator();
    answers = answers();
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      buckets.add(LWWMapKey.create(CONTAINERS + bucket));
      heard.add(Map.of());
    }
    buckets.forEach(this::subscribe);
    subscribe(HOSTS);
    subscribe(GOODS);
    ActorRef<Command> self = context.getSelf();
    subscriptions.add(
        index.subscribe(
            new ContainerIndex.Listener() {
              @Override
              public void changed(ContainerRecord record) {
                self.tell(new Changed(record.id()));
              }

              @Override
              public void removed(ContainerRecord record) {
                self.tell(new Changed(record.id()));
              }
            }));
    index.all().forEach(record -> self.tell(new Changed(record.id())));
    Runnable deaf = directory.onReturn(hostId -> self.tell(new Compare()));
    subscriptions.add(deaf::run);
  }

  /** The directory of this host, whose own containers are in the index. */
  public static Behavior<Command> create(Directory directory, ContainerIndex index) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new DirectoryActor(context, timers, directory, index)));
  }

  private static int bucketOf(String key) {
    return Integer.parseInt(key.substring(CONTAINERS.length()));
  }

  /** The bucket of a container. */
  static int bucket(String containerId) {
    return Math.floorMod(containerId.hashCode(), BUCKETS);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Command.class, this::onCommand)
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Changed(String id) -> tell(id);
      case Status(HostStatus status) ->
          update(HOSTS, map -> map.put(node, status.hostId(), status));
      case Goods(HostGoods has) -> update(GOODS, map -> map.put(node, directory.ownHost(), has));
      case ForgetHost(String hostId) -> forget(hostId);
      case Heard(var change) -> hear(change.key().id(), change.dataValue().getEntries());
      case NotHeard _ -> {}
      case Compare _ -> compare();
      case Known(String key, var known) -> drop(bucketOf(key), known);
      case NotAllAnswered _ -> timers.startSingleTimer(new Compare(), TOLD_WITHIN);
    }
    return this;
  }

  /**
   * What this host was told before it was cut off may be gone since: with its old actors it has
   * lost what would tell it so.
   */
  private void compare() {
    buckets.forEach(
        key ->
            replicator.tell(
                new Replicator.Get<>(key, new Replicator.ReadAll(TOLD_WITHIN), answers)));
  }

  /** One for all maps, as for their changes. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // every key that is asked for is of such a map
  private ActorRef<Replicator.GetResponse<LWWMap<String, Placed>>> answers() {
    return (ActorRef)
        getContext()
            .messageAdapter(
                Replicator.GetResponse.class,
                answer ->
                    switch (answer) {
                      case Replicator.GetSuccess success ->
                          new Known(
                              success.key().id(),
                              ((LWWMap<String, Placed>) success.dataValue()).getEntries());
                      case Replicator.NotFound nothing -> new Known(nothing.key().id(), Map.of());
                      default -> new NotAllAnswered();
                    });
  }

  private void drop(int bucket, Map<String, Placed> known) {
    directory.elsewhere().stream()
        .filter(placed -> directory.state(placed.hostId()) == HostState.READY)
        .map(placed -> placed.record().id())
        .filter(id -> bucket(id) == bucket && !known.containsKey(id))
        .filter(id -> !heard.get(bucket).containsKey(id))
        .toList()
        .forEach(id -> directory.put(id, null));
  }

  private Behavior<Command> onStop() {
    for (AutoCloseable subscription : subscriptions) {
      try {
        subscription.close();
      } catch (Exception e) {
        getContext().getLog().warn("the index does not let go", e);
      }
    }
    return this;
  }

  private void tell(String id) {
    ContainerRecord record = directory.ownRecord(id);
    write(
        id,
        map ->
            record == null
                ? withdrawn(map, id, directory.ownHost())
                : map.put(node, id, new Placed(directory.ownHost(), record)));
  }

  /** What another host says meanwhile of a container that it has taken over stays. */
  private LWWMap<String, Placed> withdrawn(
      LWWMap<String, Placed> map, String containerId, String hostId) {
    Placed placed = map.getEntries().get(containerId);
    return placed != null && placed.hostId().equals(hostId) ? map.remove(node, containerId) : map;
  }

  /** While the hosts did not see each other the later owner may have spoken first. */
  private boolean isOutdated(Placed told) {
    ContainerRecord own = directory.ownRecord(told.record().id());
    return own != null && own.epoch() > told.record().epoch();
  }

  private void write(String containerId, UnaryOperator<LWWMap<String, Placed>> change) {
    update(buckets.get(bucket(containerId)), change);
  }

  /** All hosts that can be reached hear of it at once; the others do when they come back. */
  private <T> void update(
      Key<LWWMap<String, T>> key, Function<LWWMap<String, T>, LWWMap<String, T>> change) {
    replicator.tell(
        new Replicator.Update<>(
            key,
            LWWMap.<String, T>empty(),
            new Replicator.WriteAll(TOLD_WITHIN),
            getContext().getSystem().ignoreRef(),
            change));
  }

  private <T> void subscribe(Key<LWWMap<String, T>> key) {
    replicator.tell(new Replicator.Subscribe<>(key, changes()));
  }

  /** One for all maps: an actor has one adapter for each class of messages. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // every key that is subscribed to is of such a map
  private <T> ActorRef<Replicator.SubscribeResponse<LWWMap<String, T>>> changes() {
    return (ActorRef)
        getContext()
            .messageAdapter(
                Replicator.SubscribeResponse.class,
                response ->
                    response instanceof Replicator.Changed change
                        ? new Heard(change)
                        : new NotHeard());
  }

  private void hear(String key, Map<String, ?> entries) {
    if (key.startsWith(CONTAINERS)) {
      Map<String, Placed> containers = new HashMap<>();
      entries.forEach((id, placed) -> containers.put(id, (Placed) placed));
      hear(bucketOf(key), containers);
    } else if (key.equals(HOSTS.id())) {
      entries.values().forEach(status -> directory.said((HostStatus) status));
    } else {
      entries.forEach((hostId, has) -> directory.has(hostId, (HostGoods) has));
    }
  }

  /** A bucket as it is now on all hosts. */
  private void hear(int bucket, Map<String, Placed> now) {
    Map<String, Placed> before = heard.get(bucket);
    heard.set(bucket, now);
    now.forEach(
        (id, placed) -> {
          if (placed.equals(before.get(id))) {
            return;
          }
          if (isOutdated(placed)) {
            repeat(id);
          } else if (!placed.hostId().equals(directory.ownHost())) {
            directory.put(id, placed);
          } else if (directory.ownRecord(id) == null) {
            tell(id); // told by this host before it restarted, and gone since
          }
        });
    before.forEach(
        (id, placed) -> {
          Placed other = now.get(id);
          boolean was = !placed.hostId().equals(directory.ownHost());
          if (other == null) {
            repeat(id);
          }
          if (was && (other == null || other.hostId().equals(directory.ownHost()))) {
            directory.put(id, null);
          }
        });
  }

  private void repeat(String id) {
    if (directory.ownRecord(id) != null) {
      tell(id);
    }
  }

  private void forget(String hostId) {
    for (int i = 0; i < BUCKETS; i++) {
      heard.get(i).values().stream()
          .filter(placed -> placed.hostId().equals(hostId))
          .map(placed -> placed.record().id())
          .toList()
          .forEach(id -> write(id, map -> withdrawn(map, id, hostId)));
    }
    update(HOSTS, map -> map.remove(node, hostId));
    update(GOODS, map -> map.remove(node, hostId));
    directory.forget(hostId);
  }
}
