package dev.flota.cluster.event;

import akka.NotUsed;
import akka.stream.OverflowStrategy;
import akka.stream.javadsl.Source;
import akka.stream.javadsl.SourceQueueWithComplete;
import dev.flota.cluster.membership.FleetMessage;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The last events and whoever listens to the coming ones. */
public final class EventLog {
  /** As many past events as moby remembers. */
  static final int REMEMBERED = 256;

  private static final int BUFFER = 4096;

  private final Map<String, String> always;
  private final Consumer<Event> counter;
  private final Deque<Event> past = new ArrayDeque<>();
  private final Deque<Numbered> own = new ArrayDeque<>();
  private long lastOwn;
  private Consumer<Numbered> spreader = event -> {};
  private final Set<SourceQueueWithComplete<Event>> listeners = ConcurrentHashMap.newKeySet();

  /** Nothing has happened yet. */
  public EventLog() {
    this(Map.of(), event -> {});
  }

  /**
   * Nothing has happened yet.
   *
   * @param always attributes that each of this host's events has besides its own
   * @param counter gets each of this host's events; must not block
   */
  public EventLog(Map<String, String> always, Consumer<Event> counter) {
    this.always = Map.copyOf(always);
    this.counter = counter;
  }

  /** Tells everyone of what happened on this host. */
  public void publish(String type, String action, String actorId, Map<String, String> attributes) {
    Map<String, String> all = new LinkedHashMap<>(attributes);
    all.putAll(always);
    synchronized (past) {
      Event event = new Event(type, action, actorId, all, Instant.now());
      own.addLast(new Numbered(++lastOwn, event));
      if (own.size() > REMEMBERED) {
        own.removeFirst();
      }
      counter.accept(event);
      remember(event);
      listeners.forEach(listener -> listener.offer(event));
      spreader.accept(own.getLast());
    }
  }

  /** One of this host's own events; the first one has number 1, and none is left out. */
  public record Numbered(long number, Event event) implements FleetMessage {}

  /** Tells {@code listener} of this host's own events from now on, in their order. */
  void spread(Consumer<Numbered> listener) {
    synchronized (past) {
      spreader = listener;
    }
  }

  /** This host's own events from that number on, as far as they are remembered. */
  List<Numbered> own(long from) {
    synchronized (past) {
      return own.stream().filter(event -> event.number() >= from).toList();
    }
  }

  /**
   * Takes up what happened on another host.
   *
   * @param news whether those who listen have not had the chance to hear of it
   */
  void heard(Event event, boolean news) {
    synchronized (past) {
      remember(event);
      if (news) {
        listeners.forEach(listener -> listener.offer(event));
      }
    }
  }

  private void remember(Event event) {
    Deque<Event> later = new ArrayDeque<>();
    while (!past.isEmpty() && past.getLast().time().isAfter(event.time())) {
      later.addFirst(past.removeLast());
    }
    past.addLast(event);
    past.addAll(later);
    if (past.size() > REMEMBERED) {
      past.removeFirst();
    }
  }

  /**
   * Events from {@code since} on, without it only new ones, and up to {@code until}, without it for
   * ever. A listener too slow by thousands of events loses the oldest.
   */
  public Source<Event, NotUsed> stream(@Nullable Instant since, @Nullable Instant until) {
    Source<Event, NotUsed> events =
        Source.<Event>queue(BUFFER, OverflowStrategy.dropHead())
            .mapMaterializedValue(
                queue -> {
                  listen(queue, since, until);
                  return NotUsed.getInstance();
                });
    if (until == null) {
      return events;
    }
    Duration left = Duration.between(Instant.now(), until);
    return left.isPositive() ? events.takeWithin(left) : events;
  }

  /** The CLI sends whole seconds: what happened in the second it names is not left out. */
  private static Instant last(Instant until) {
    boolean whole = until.equals(until.truncatedTo(ChronoUnit.SECONDS));
    return whole ? until.plusSeconds(1).minusNanos(1) : until;
  }

  private void listen(
      SourceQueueWithComplete<Event> queue, @Nullable Instant since, @Nullable Instant until) {
    synchronized (past) {
      if (since != null) {
        past.stream()
            .filter(event -> !event.time().isBefore(since))
            .filter(event -> until == null || !event.time().isAfter(last(until)))
            .forEach(queue::offer);
      }
      if (until != null && !until.isAfter(Instant.now())) {
        queue.complete();
        return;
      }
      listeners.add(queue);
    }
    queue.watchCompletion().whenComplete((done, failure) -> listeners.remove(queue));
  }
}
