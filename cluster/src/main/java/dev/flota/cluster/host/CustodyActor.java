package dev.flota.cluster.host;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.flota.cluster.custody.Custodian;
import dev.flota.cluster.custody.LeaseWatch;
import dev.flota.cluster.custody.Rescheduling;
import dev.flota.cluster.custody.StrayAddresses;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.cluster.placement.ClusterView;
import dev.flota.cluster.placement.Decision;
import dev.flota.cluster.placement.Wish;
import dev.flota.engine.EngineException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks each second whether this host runs what is its own by the ledger. On the host that leads
 * the ledger it has the containers of lost hosts taken over by others.
 */
final class CustodyActor extends AbstractBehavior<CustodyActor.Command> {
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration TAKEN_WITHIN = Duration.ofMinutes(2);

  /** Looks between two times of tidying up. */
  private static final int TIDY_EVERY = 30;

  /** Longer than a creation may take. */
  private static final Duration STRAY_AFTER = Duration.ofMinutes(10);

  /** What it can be told. */
  sealed interface Command {}

  private record Look() implements Command {}

  private record Answered(
      ContainerEntry entry, String host, @Nullable CreateReply reply, @Nullable Throwable failure)
      implements Command {}

  private final LocalHost host;
  private final FleetMember member;
  private final Custodian custodian;
  private final LeaseWatch watch;
  private final StrayAddresses strays = new StrayAddresses(STRAY_AFTER);
  private final ActorRef<HostActor.Command> parent;

  /** Containers that a host has been asked to take over, and has not answered. */
  private final Set<String> asked = new HashSet<>();

  /** Hosts that could not take a container over, by its id; until none is left to be asked. */
  private final Map<String, Set<String>> refused = new HashMap<>();

  private int looks;

  private CustodyActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      LocalHost host,
      FleetMember member,
      ActorRef<HostActor.Command> parent) {
    super(context);
    this.host = host;
    this.member = member;
    this.parent = parent;
    custodian = member.custodian();
    watch = custodian.watch();
    timers.startTimerWithFixedDelay(new Look(), Duration.ZERO, EVERY);
  }

  /** The custody of this host's containers, told to its actor. */
  static Behavior<Command> create(
      LocalHost host, FleetMember member, ActorRef<HostActor.Command> parent) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new CustodyActor(context, timers, host, member, parent)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(Command.class, this::onCommand).build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Look _ -> look();
      case Answered answered -> answered(answered);
    }
    return this;
  }

  private void look() {
    Map<String, Long> lost = watch.look(custodian.state().hosts(), System.nanoTime());
    custodian.duties(host.index().all()).forEach(duty -> parent.tell(new HostActor.CarryOut(duty)));
    if (custodian.held()) {
      takeBack(lost);
    }
    if (custodian.held() && member.lead().here()) {
      rescue(lost);
      if (++looks % TIDY_EVERY == 0) {
        tidy(lost.keySet());
      }
    }
  }

  /** What this host has frozen for a host that is lost goes on here. */
  private void takeBack(Map<String, Long> lost) {
    for (ContainerEntry entry : custodian.state().containers().all()) {
      Long renewal = lost.get(entry.ownerHostId());
      if (renewal != null && entry.isMovedFrom(member.identity().hostId())) {
        custodian.takeBack(entry, renewal);
      }
    }
  }

  private void tidy(Set<String> lost) {
    strays.look(custodian.state(), System.nanoTime()).forEach(custodian::giveBack);
    if (!lost.isEmpty()) {
      Set<String> living = new HashSet<>(custodian.state().hosts().entries().keySet());
      living.removeAll(lost);
      member.lead().rebalance(living);
    }
  }

  private void rescue(Map<String, Long> lost) {
    for (ContainerEntry entry : custodian.state().containers().all()) {
      Long renewal = lost.get(entry.ownerHostId());
      if (renewal != null
          && entry.isPromised()
          && !entry.isMoving()
          && Rescheduling.due(entry.record())
          && !asked.contains(entry.id())) {
        rescue(entry, renewal);
      }
    }
  }

  private void rescue(ContainerEntry entry, long renewal) {
    Set<String> not = refused.computeIfAbsent(entry.id(), id -> new HashSet<>());
    Optional<HostStatus> chosen = choose(entry, not);
    if (chosen.isEmpty()) {
      not.clear(); // all over again
      return;
    }
    HostStatus there = chosen.get();
    getContext()
        .getLog()
        .info(
            "{} is lost with {}: {} is to start it",
            custodian.nameOf(entry.ownerHostId()),
            entry.name(),
            there.name());
    asked.add(entry.id());
    boolean here = there.hostId().equals(member.identity().hostId());
    getContext()
        .ask(
            CreateReply.class,
            here ? parent : HostActor.on(there, getContext().getSystem()),
            TAKEN_WITHIN,
            replyTo -> new HostActor.TakeOver(entry.id(), entry.epoch(), renewal, replyTo),
            (reply, failure) -> new Answered(entry, there.hostId(), reply, failure));
  }

  private Optional<HostStatus> choose(ContainerEntry entry, Set<String> not) {
    Wish wish = Wish.of(entry.record());
    ClusterView view =
        PlacementView.now(
            host, member, known -> !not.contains(known) && !known.equals(entry.ownerHostId()));
    try {
      return switch (member.placement().place(view, wish)) {
        case Decision.Placed placed -> member.directory().host(placed.hostId());
        case Decision.NoHostFits none -> {
          getContext().getLog().warn("{} stays lost: {}", entry.name(), none.text());
          yield Optional.empty();
        }
      };
    } catch (EngineException e) {
      getContext().getLog().warn("{} stays lost: {}", entry.name(), e.text());
      return Optional.empty();
    }
  }

  private void answered(Answered answered) {
    ContainerEntry entry = answered.entry();
    asked.remove(entry.id());
    if (answered.reply() instanceof CreateReply.Made made) {
      refused.remove(entry.id());
      member.directory().learn(made.placed());
      return;
    }
    String reason =
        answered.reply() instanceof CreateReply.Refused no
            ? no.text()
            : String.valueOf(answered.failure());
    getContext().getLog().warn("{} was not taken over: {}", entry.name(), reason);
    Objects.requireNonNull(refused.computeIfAbsent(entry.id(), id -> new HashSet<>()))
        .add(answered.host());
  }
}
