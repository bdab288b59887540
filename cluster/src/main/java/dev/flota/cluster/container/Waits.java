package dev.flota.cluster.container;

import akka.actor.typed.ActorRef;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Who waits for a container's end. Not thread-safe: owned by its actor. */
final class Waits {
  private record Wait(
      WaitCondition condition,
      @Nullable ExitStatus result,
      @Nullable ActorRef<ExitStatus> collector) {}

  private static final ExitStatus GIVEN_UP = new ExitStatus(0, "nobody waits any more");

  private final Map<Long, Wait> waits = new HashMap<>();
  private long lastId;

  /** Registers one, that is over already when {@code result} is there. */
  long register(WaitCondition condition, @Nullable ExitStatus result) {
    lastId++;
    waits.put(lastId, new Wait(condition, result, null));
    return lastId;
  }

  /** Where the result of a registered wait goes. */
  void collect(long id, ActorRef<ExitStatus> collector) {
    Wait wait = waits.remove(id);
    if (wait == null) {
      return;
    }
    ExitStatus result = wait.result();
    if (result != null) {
      collector.tell(result);
    } else {
      waits.put(id, new Wait(wait.condition(), null, collector));
    }
  }

  /** Nobody waits any more; who would collect the result hears that it was given up. */
  void forget(long id) {
    Wait wait = waits.remove(id);
    if (wait != null && wait.collector() != null) {
      wait.collector().tell(GIVEN_UP);
    }
  }

  /** The end has come for those of whom the predicate says so. */
  void settle(Predicate<WaitCondition> over, ExitStatus result) {
    for (Map.Entry<Long, Wait> entry : Map.copyOf(waits).entrySet()) {
      Wait wait = entry.getValue();
      if (wait.result() != null || !over.test(wait.condition())) {
        continue;
      }
      ActorRef<ExitStatus> collector = wait.collector();
      if (collector == null) {
        waits.put(entry.getKey(), new Wait(wait.condition(), result, null));
      } else {
        collector.tell(result);
        waits.remove(entry.getKey());
      }
    }
  }
}
