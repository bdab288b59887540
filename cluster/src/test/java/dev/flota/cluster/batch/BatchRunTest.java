package dev.flota.cluster.batch;

import static dev.flota.cluster.batch.Sample.MOVED;
import static dev.flota.cluster.batch.Sample.item;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.cluster.batch.Batch.Stage;
import dev.flota.engine.EngineException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class BatchRunTest {
  private final List<Item> items = new ArrayList<>();
  private final Deque<Runnable> work = new ArrayDeque<>();
  private final List<String> asked = new ArrayList<>();

  /** "teleport a", "stop a", "start a host-2"; those that fail. */
  private final Set<String> failing = new HashSet<>();

  private final Map<String, Result> results = new HashMap<>();
  private final List<Progress.Over> overs = new ArrayList<>();

  private final Carrier carrier =
      new Carrier() {
        private final Set<String> stopped = new HashSet<>();

        @Override
        public Result.Moved teleport(Item item, String to, Consumer<String> phases) {
          phases.accept("prepare");
          ask((stopped.contains(item.id()) ? "cold " : "teleport ") + item.name());
          return MOVED;
        }

        @Override
        public void stop(Item item) {
          ask("stop " + item.name());
          stopped.add(item.id());
        }

        @Override
        public void start(Item item, String hostId) {
          ask("start " + item.name() + " " + hostId);
        }
      };

  private void ask(String what) {
    asked.add(what);
    if (failing.contains(what)) {
      throw EngineException.conflict("no " + what);
    }
  }

  private BatchRun run(int parallel, Policy policy) {
    return new BatchRun(
        parallel,
        policy,
        () -> items,
        () -> Sample.view(items),
        Sample.PLACEMENT,
        carrier,
        work::add,
        this::heard);
  }

  private void heard(Progress progress) {
    switch (progress) {
      case Progress.Changed(Batch.Entry entry) -> {
        if (entry.stage() instanceof Stage.Ended ended) {
          results.put(entry.item().name(), ended.result());
        }
      }
      case Progress.Begun _ -> {}
      case Progress.Over over -> overs.add(over);
    }
  }

  private void finish() {
    for (Runnable next = work.poll(); next != null; next = work.poll()) {
      next.run();
    }
  }

  private void all(Policy policy) {
    run(1, policy).start();
    finish();
  }

  @Test
  void whatCameWhileOthersMovedMovesToo() {
    items.add(item("a", 1));
    run(2, Policy.LIVE).start();
    items.add(item("late", 1));
    finish();
    assertThat(asked).containsExactly("teleport a", "teleport late");
    assertThat(overs).containsExactly(new Progress.Over(new Batch.Sum(2, 0, 0, 0), true));
  }

  @Test
  void nothingToMoveIsOverAtOnce() {
    all(Policy.LIVE);
    assertThat(overs).containsExactly(new Progress.Over(new Batch.Sum(0, 0, 0, 0), true));
  }

  @Test
  void cancelledItLetsThoseOnTheirWayComeToTheirEnd() {
    items.addAll(List.of(item("a", 3), item("b", 2), item("c", 1)));
    BatchRun run = run(2, Policy.LIVE);
    run.start();
    run.cancel();
    assertThat(overs).isEmpty();
    finish();
    assertThat(asked).containsExactly("teleport a", "teleport b");
    assertThat(overs).containsExactly(new Progress.Over(new Batch.Sum(2, 0, 0, 1), false));
  }

  @Test
  void whatCannotMoveStaysAndIsAFailureOrNot() {
    items.addAll(List.of(item("a", 2), item("b", 1)));
    failing.add("teleport a");
    all(Policy.LIVE);
    all(Policy.STAY);
    assertThat(results)
        .containsEntry("a", new Result.Stays("no teleport a"))
        .containsEntry("b", MOVED);
    assertThat(overs).extracting(Progress.Over::well).containsExactly(false, true);
  }

  @Test
  void restartedItIsStoppedMovedAndStartedThere() {
    items.add(item("a", 1));
    failing.add("teleport a");
    all(Policy.RESTART);
    assertThat(asked).containsExactly("teleport a", "stop a", "cold a", "start a host-2");
    assertThat(results).containsEntry("a", new Result.Moved(1000, 100, 1 << 20, true));
  }

  @Test
  void whatCannotMoveStoppedEitherRunsAgainWhereItWas() {
    items.add(item("a", 1));
    failing.addAll(Set.of("teleport a", "cold a"));
    all(Policy.RESTART);
    assertThat(asked).endsWith("cold a", "start a host-1");
    assertThat(results)
        .containsEntry("a", new Result.Stays("no teleport a; stopped neither: no cold a"));
    assertThat(overs).extracting(Progress.Over::well).containsExactly(false);
  }

  @Test
  void whatCannotBeStartedIsSaidToBeDown() {
    items.addAll(List.of(item("a", 2), item("b", 1)));
    failing.addAll(
        Set.of("teleport a", "start a host-2", "teleport b", "cold b", "start b host-1"));
    all(Policy.RESTART);
    assertThat(results.get("a")).isInstanceOf(Result.Down.class);
    assertThat(results.get("b")).isInstanceOf(Result.Down.class);
    assertThat(overs).containsExactly(new Progress.Over(new Batch.Sum(0, 0, 2, 0), false));
  }

  @Test
  void neitherWhatIsTiedWhenStoppedNorWhatDoesNotRunIsStopped() {
    Item plain = item("a", 1);
    items.add(new Item(plain.wish(), plain.from(), null, true, List.of("it uses devices")));
    Item idle = item("b", 1);
    items.add(new Item(idle.wish(), idle.from(), null, false, List.of()));
    failing.addAll(Set.of("teleport a", "teleport b"));
    all(Policy.RESTART);
    assertThat(asked).containsExactly("teleport a", "teleport b");
    assertThat(results.get("a"))
        .isEqualTo(
            new Result.Stays("no teleport a; nor can it be restarted elsewhere: it uses devices"));
    assertThat(results.get("b")).isEqualTo(new Result.Stays("no teleport b"));
  }
}
