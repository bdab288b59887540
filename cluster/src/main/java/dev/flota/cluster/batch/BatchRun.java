package dev.flota.cluster.batch;

import dev.flota.cluster.placement.ClusterView;
import dev.flota.cluster.placement.Placement;
import dev.flota.engine.EngineException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does what a {@link Batch} decides. */
public final class BatchRun {
  private static final Logger LOG = LoggerFactory.getLogger(BatchRun.class);

  private final Policy policy;
  private final Supplier<List<Item>> items;
  private final Supplier<ClusterView> view;
  private final Placement placement;
  private final Carrier carrier;
  private final Executor executor;
  private final Consumer<Progress> listener;
  private Batch batch;

  /**
   * A run that has not begun.
   *
   * @param items the containers that are to move, asked again whenever one has: those that came
   *     since move, too
   * @param executor runs what blocks
   * @param listener is told in the order in which things happen, in threads of the executor
   */
  public BatchRun(
      int parallel,
      Policy policy,
      Supplier<List<Item>> items,
      Supplier<ClusterView> view,
      Placement placement,
      Carrier carrier,
      Executor executor,
      Consumer<Progress> listener) {
    batch = Batch.of(parallel);
    this.policy = policy;
    this.items = items;
    this.view = view;
    this.placement = placement;
    this.carrier = carrier;
    this.executor = executor;
    this.listener = listener;
  }

  /** Begins with as many as may move at once. */
  public synchronized void start() {
    goOn();
  }

  /** What is on its way comes to its end; nothing more begins. */
  public synchronized void cancel() {
    batch = batch.cancel();
  }

  private void goOn() {
    Batch before = batch;
    batch = batch.with(items.get());
    batch.entries().stream()
        .skip(before.entries().size())
        .forEach(entry -> listener.accept(new Progress.Changed(entry)));
    ClusterView now = view.get();
    for (Optional<Batch.Next> next = batch.next(now, placement);
        next.isPresent();
        next = batch.next(now, placement)) {
      batch = next.get().batch();
      Batch.Entry entry = next.get().entry();
      listener.accept(new Progress.Changed(entry));
      if (entry.stage() instanceof Batch.Stage.Underway(String to)) {
        executor.execute(() -> ended(entry.item(), carried(entry.item(), to)));
      }
    }
    tellWhenOver();
  }

  private synchronized void ended(Item item, Result result) {
    batch = batch.ended(item.id(), result);
    batch.entries().stream()
        .filter(entry -> entry.item().id().equals(item.id()))
        .forEach(entry -> listener.accept(new Progress.Changed(entry)));
    try {
      goOn();
    } catch (EngineException e) { // the fleet cannot be seen any more
      LOG.warn("nothing more is moved: {}", e.text());
      batch = batch.cancel();
      tellWhenOver();
    }
  }

  private void tellWhenOver() {
    if (batch.isOver()) {
      listener.accept(new Progress.Over(batch.sum(), batch.sum().isWell(policy)));
    }
  }

  private Result carried(Item item, String to) {
    try {
      return teleport(item, to);
    } catch (EngineException e) {
      return switch (policy) {
        case LIVE, STAY -> new Result.Stays(e.text());
        case RESTART -> restarted(item, to, e.text());
      };
    } catch (RuntimeException e) {
      LOG.error("moving {} failed unexpectedly", item.name(), e);
      return new Result.Stays(String.valueOf(e.getMessage()));
    }
  }

  private Result.Moved teleport(Item item, String to) {
    return carrier.teleport(item, to, phase -> begun(item, to, phase));
  }

  private void begun(Item item, String to, String phase) {
    listener.accept(new Progress.Begun(item, to, phase));
  }

  private Result restarted(Item item, String to, String obstacle) {
    if (!item.running()) {
      return new Result.Stays(obstacle);
    }
    if (!item.ties().isEmpty()) {
      return new Result.Stays(
          "%s; nor can it be restarted elsewhere: %s"
              .formatted(obstacle, String.join("; ", item.ties())));
    }
    try {
      begun(item, to, "stop");
      carrier.stop(item);
    } catch (EngineException e) {
      return new Result.Stays(obstacle + "; and it cannot be stopped: " + e.text());
    }
    Result.Moved moved;
    try {
      moved = teleport(item, to);
    } catch (EngineException e) {
      return startedAgain(item, to, "%s; stopped neither: %s".formatted(obstacle, e.text()));
    }
    try {
      begun(item, to, "start");
      carrier.start(item, to);
      return new Result.Moved(moved.totalMillis(), moved.frozenMillis(), moved.bytes(), true);
    } catch (EngineException e) {
      return new Result.Down("it has moved, and cannot be started there: " + e.text());
    }
  }

  private Result startedAgain(Item item, String to, String obstacles) {
    try {
      begun(item, to, "start again");
      carrier.start(item, item.from());
      return new Result.Stays(obstacles);
    } catch (EngineException e) {
      return new Result.Down(
          "%s; it was stopped, and cannot be started again: %s".formatted(obstacles, e.text()));
    }
  }
}
