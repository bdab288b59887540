package dev.flota.cluster.event;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import dev.flota.cluster.membership.FleetMessage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Carries this host's events to all others and theirs into this host's {@link EventLog}. A message
 * may be lost: events are numbered by their host, and whoever notices a gap asks for what is
 * missing.
 */
public final class EventActor extends AbstractBehavior<EventActor.Command> {
  private static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "flota-events");

  /** What it can be told. */
  public sealed interface Command {}

  /** One event of a host that runs since {@code run}. */
  public record Told(String hostId, long run, EventLog.Numbered event, ActorRef<Command> teller)
      implements Command, FleetMessage {}

  /** Asks for all events from a number on. */
  public record Ask(long from, ActorRef<Command> replyTo) implements Command, FleetMessage {}

  /** What was asked for. */
  public record Past(String hostId, long run, List<EventLog.Numbered> events)
      implements Command, FleetMessage {}

  private record Happened(EventLog.Numbered event) implements Command {}

  private record Listed(Receptionist.Listing listing) implements Command {}

  /** How far another host's events are known. */
  private record Heard(long run, long last) {}

  private final String hostId;
  private final long run;
  private final EventLog log;
  private final Map<String, Heard> heard = new HashMap<>();
  private Set<ActorRef<Command>> others = Set.of();
  private @Nullable Told latest;

  private EventActor(ActorContext<Command> context, String hostId, long run, EventLog log) {
    super(context);
    this.hostId = hostId;
    this.run = run;
    this.log = log;
    ActorRef<Command> self = context.getSelf();
    log.spread(event -> self.tell(new Happened(event)));
    ActorRef<Receptionist.Listing> listings =
        context.messageAdapter(Receptionist.Listing.class, Listed::new);
    ActorRef<Receptionist.Command> receptionist = context.getSystem().receptionist();
    receptionist.tell(Receptionist.register(KEY, self));
    receptionist.tell(Receptionist.subscribe(KEY, listings));
  }

  /**
   * The carrier of a host's events.
   *
   * @param run differs with each start of the host's daemon, and so with each new count of events
   */
  public static Behavior<Command> create(String hostId, long run, EventLog log) {
    return Behaviors.setup(context -> new EventActor(context, hostId, run, log));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Command.class, this::onCommand)
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> onStop() {
    log.spread(event -> {});
    return this;
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Happened(EventLog.Numbered event) -> {
        Told told = new Told(hostId, run, event, getContext().getSelf());
        latest = told;
        others.forEach(other -> other.tell(told));
      }
      case Ask(long from, ActorRef<Command> replyTo) ->
          replyTo.tell(new Past(hostId, run, log.own(from)));
      case Told told -> hear(told);
      case Past past -> hear(past);
      case Listed(Receptionist.Listing listing) -> greet(listing.getServiceInstances(KEY));
    }
    return this;
  }

  private void greet(Set<ActorRef<Command>> all) {
    Set<ActorRef<Command>> now = new HashSet<>(all);
    now.remove(getContext().getSelf());
    for (ActorRef<Command> other : now) {
      if (!others.contains(other)) {
        other.tell(new Ask(1, getContext().getSelf()));
        // It may have asked before it was known here, and have missed what happened since.
        if (latest != null) {
          other.tell(latest);
        }
      }
    }
    others = now;
  }

  private void hear(Told told) {
    Heard before = heard.get(told.hostId());
    boolean sameRun = before != null && before.run() == told.run();
    long last = sameRun && before != null ? before.last() : 0;
    if (told.event().number() <= last) {
      return;
    }
    if (told.event().number() == last + 1) {
      heard.put(told.hostId(), new Heard(told.run(), last + 1));
      log.heard(told.event().event(), true);
      return;
    }
    told.teller().tell(new Ask(last + 1, getContext().getSelf()));
  }

  private void hear(Past past) {
    Heard before = heard.get(past.hostId());
    boolean first = before == null;
    boolean sameRun = before != null && before.run() == past.run();
    long last = sameRun && before != null ? before.last() : 0;
    for (EventLog.Numbered event : past.events()) {
      if (event.number() > last) {
        last = event.number();
        log.heard(event.event(), !first);
      }
    }
    heard.put(past.hostId(), new Heard(past.run(), last));
  }
}
