package dev.flota.cluster.membership;

import akka.actor.Address;
import akka.actor.AddressFromURIString;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.Join;
import akka.cluster.typed.JoinSeedNodes;
import akka.cluster.typed.Subscribe;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Brings this host's actors together with those of the others and notes who is there.
 *
 * <p>There may be only one cluster, also after all hosts restarted at once or after a split. So a
 * host never begins one by itself, with one exception: the leader of the ledger, of which the
 * majority has only one. Everybody else knocks at all hosts until one lets him in. A host whose
 * cluster goes on without the ledger's leader has been left behind: it ends its actors, and those
 * that take their place join the others.
 */
public final class MembershipActor extends AbstractBehavior<MembershipActor.Command> {
  private static final Duration LOOK_AROUND = Duration.ofSeconds(1);

  /** So many looks in a row must show that this host was left behind, or that nobody is there. */
  private static final int LOOKS = 10;

  private static final int KNOCKS = 4;

  /** What it can be told. */
  public sealed interface Command {}

  private record LookAround() implements Command {}

  private record MemberChanged(ClusterEvent.MemberEvent event) implements Command {}

  private record Reachability(ClusterEvent.ReachabilityEvent event) implements Command {}

  /** What the ledger says of the fleet; asked again each time. */
  public interface Fellows {
    /** Addresses of all hosts of the fleet, by their ids. */
    Map<String, String> addresses();

    /** Names of all hosts of the fleet, by their ids. */
    Map<String, String> names();

    /** Whether a host left, or was removed. */
    boolean isGone(String hostId);

    /** The host that leads the ledger now, if one is known to. */
    Optional<String> leader();

    /** What people have called a host. */
    Map<String, String> labels(String hostId);

    /** Ids of the hosts that have the volumes with names. */
    Map<String, String> volumes();
  }

  private final HostIdentity self;
  private final Fellows fellows;
  private final Consumer<Map<String, HostState>> seen;
  private final Cluster cluster;
  private Set<String> knocking = Set.of();
  private Map<Member, Integer> looksGone = Map.of();
  private int looksLeftBehind;
  private int looksOutside;

  private MembershipActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      HostIdentity self,
      Fellows fellows,
      Consumer<Map<String, HostState>> seen) {
    super(context);
    this.self = self;
    this.fellows = fellows;
    this.seen = seen;
    cluster = Cluster.get(context.getSystem());
    ActorRef<ClusterEvent.MemberEvent> members =
        context.messageAdapter(ClusterEvent.MemberEvent.class, MemberChanged::new);
    cluster.subscriptions().tell(new Subscribe<>(members, ClusterEvent.MemberEvent.class));
    ActorRef<ClusterEvent.ReachabilityEvent> reachability =
        context.messageAdapter(ClusterEvent.ReachabilityEvent.class, Reachability::new);
    cluster
        .subscriptions()
        .tell(new Subscribe<>(reachability, ClusterEvent.ReachabilityEvent.class));
    timers.startTimerWithFixedDelay(new LookAround(), Duration.ZERO, LOOK_AROUND);
  }

  /**
   * The membership of the host {@code self}.
   *
   * @param seen told whom this host sees, and how
   */
  public static Behavior<Command> create(
      HostIdentity self, Fellows fellows, Consumer<Map<String, HostState>> seen) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new MembershipActor(context, timers, self, fellows, seen)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(Command.class, this::onCommand).build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case LookAround _ -> lookAround();
      case MemberChanged _ -> note();
      case Reachability _ -> note();
    }
    return this;
  }

  private void note() {
    ClusterEvent.CurrentClusterState state = cluster.state();
    Map<String, HostState> now = new HashMap<>();
    for (Member member : state.getMembers()) {
      HostState reached =
          state.getUnreachable().contains(member) ? HostState.UNREACHABLE : HostState.READY;
      boolean gone =
          member.status().equals(MemberStatus.down())
              || member.status().equals(MemberStatus.removed());
      // A host that crashed and came back is there twice for a moment.
      now.merge(
          FleetActors.hostId(member.getRoles()),
          gone ? HostState.LOST : reached,
          (one, other) -> one == HostState.READY ? one : other);
    }
    seen.accept(now);
  }

  private void lookAround() {
    if (isIn()) {
      knocking = Set.of();
      looksOutside = 0;
      leaveAnIsland();
      endTheGone();
    } else if (mayBegin()) {
      getContext().getLog().info("this host leads the ledger and begins the cluster");
      looksOutside = 0;
      cluster.manager().tell(Join.create(address(self.address())));
    } else {
      looksOutside++;
      knock();
    }
    note();
  }

  private boolean mayBegin() {
    boolean leads = fellows.leader().equals(Optional.of(self.hostId()));
    return leads && (knocking.isEmpty() || looksOutside >= KNOCKS);
  }

  private boolean isIn() {
    MemberStatus status = cluster.selfMember().status();
    return status.equals(MemberStatus.up())
        || status.equals(MemberStatus.weaklyUp())
        || status.equals(MemberStatus.joining());
  }

  private void knock() {
    Set<String> others =
        fellows.addresses().entrySet().stream()
            .filter(host -> !host.getKey().equals(self.hostId()))
            .map(Map.Entry::getValue)
            .collect(Collectors.toSet());
    if (!others.isEmpty() && !others.equals(knocking)) {
      knocking = others;
      List<Address> doors = others.stream().map(this::address).toList();
      cluster.manager().tell(new JoinSeedNodes(doors));
    }
  }

  private Address address(String host) {
    return AddressFromURIString.parse(
        "akka://%s@%s:%d".formatted(getContext().getSystem().name(), host, self.ports().actors()));
  }

  /** Who leaves by himself is given the time to; who was removed does not even know. */
  private void endTheGone() {
    Map<Member, Integer> looks = new HashMap<>();
    for (Member member : cluster.state().getMembers()) {
      String hostId = FleetActors.hostId(member.getRoles());
      if (!hostId.equals(self.hostId()) && fellows.isGone(hostId)) {
        looks.put(member, looksGone.getOrDefault(member, 0) + 1);
        if (looks.get(member) == LOOKS) {
          getContext()
              .getLog()
              .warn("{} left the fleet and is among its actors: it is downed", member);
          cluster.manager().tell(new Down(member.address()));
        }
      }
    }
    looksGone = looks;
  }

  private void leaveAnIsland() {
    Optional<String> leader = fellows.leader();
    boolean together =
        leader.isEmpty()
            || StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
                .anyMatch(member -> FleetActors.hostId(member.getRoles()).equals(leader.get()));
    looksLeftBehind = together ? 0 : looksLeftBehind + 1;
    if (looksLeftBehind >= LOOKS) {
      getContext()
          .getLog()
          .warn(
              "the fleet goes on without this host: its actors end to join {} anew",
              Objects.requireNonNullElse(fellows.addresses().get(leader.orElse("")), "the others"));
      getContext().getSystem().terminate();
    }
  }
}
