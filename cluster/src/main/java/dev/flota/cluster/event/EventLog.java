package dev.flota.cluster.event;

import akka.NotUsed;
import akka.stream.OverflowStrategy;
import akka.stream.javadsl.Source;
import akka.stream.javadsl.SourceQueueWithComplete;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The last events and whoever listens to the coming ones. */
public final class EventLog {
  /** As many past events as moby remembers. */
  static final int REMEMBERED = 256;

  private static final int BUFFER = 4096;

  private final Deque<Event> past = new ArrayDeque<>();
  private final Set<SourceQueueWithComplete<Event>> listeners = ConcurrentHashMap.newKeySet();

  /** Tells everyone. */
  public void publish(String type, String action, String actorId, Map<String, String> attributes) {
    Event event = new Event(type, action, actorId, new LinkedHashMap<>(attributes), Instant.now());
    synchronized (past) {
      past.addLast(event);
      if (past.size() > REMEMBERED) {
        past.removeFirst();
      }
      listeners.forEach(listener -> listener.offer(event));
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
