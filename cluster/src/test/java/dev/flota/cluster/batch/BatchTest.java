package dev.flota.cluster.batch;

import static dev.flota.cluster.batch.Sample.MOVED;
import static dev.flota.cluster.batch.Sample.PLACEMENT;
import static dev.flota.cluster.batch.Sample.item;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.cluster.batch.Batch.Stage;
import dev.flota.cluster.placement.ClusterView;
import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

final class BatchTest {
  private static Batch.Next next(Batch batch, List<Item> seen) {
    return batch.next(Sample.view(seen), PLACEMENT).orElseThrow();
  }

  private static String to(Batch.Next next) {
    return next.entry().stage() instanceof Stage.Underway(String to) ? to : "nowhere";
  }

  @Example
  void whatIsOnItsWayCountsWhereItGoes() {
    List<Item> items = List.of(item("a", 4), item("b", 4), item("c", 4), item("d", 9));
    Batch batch = Batch.of(4).with(items);
    List<String> order = new ArrayList<>();
    List<String> goals = new ArrayList<>();
    for (int turn = 0; turn < 4; turn++) {
      Batch.Next next = next(batch, items);
      batch = next.batch();
      order.add(next.entry().item().name());
      goals.add(to(next));
    }
    assertThat(order).containsExactly("d", "a", "b", "c");
    assertThat(goals).containsExactly("host-2", "host-3", "host-4", "host-3");
  }

  @Example
  void whatHasMovedCountsOnceWhetherItIsSeenThereOrNot() {
    List<Item> items = List.of(item("a", 8), item("b", 4), item("c", 4), item("d", 4));
    Batch batch = Batch.of(1).with(items);
    for (String goal : List.of("host-2", "host-3", "host-4")) {
      Batch.Next next = next(batch, items); // the view never learns of a move
      assertThat(to(next)).isEqualTo(goal);
      batch = next.batch().ended(next.entry().item().id(), MOVED);
    }
    assertThat(to(next(batch, items))).isEqualTo("host-3");
  }

  @Example
  void withoutAHostThatFitsItStaysAndTheOthersGoOn() {
    List<Item> items =
        List.of(item("huge", 65), item("tied", 2, "constraint:node==host-1"), item("a", 1));
    Batch batch = Batch.of(1).with(items);
    Batch.Next huge = next(batch, items);
    assertThat(huge.entry().stage())
        .isInstanceOfSatisfying(
            Stage.Ended.class,
            ended ->
                assertThat(((Result.Stays) ended.result()).reason())
                    .startsWith("no host fits: host-1: is drained; host-2: needs 65GiB"));
    Batch.Next tied = next(huge.batch(), items);
    assertThat(to(tied)).isEqualTo("nowhere");
    Batch.Next small = next(tied.batch(), items);
    assertThat(to(small)).isEqualTo("host-2");

    Batch done = small.batch().ended("id-of-a", MOVED);
    assertThat(done.isOver()).isTrue();
    assertThat(done.sum()).isEqualTo(new Batch.Sum(1, 2, 0, 0));
    assertThat(done.sum().isWell(Policy.LIVE)).isFalse();
    assertThat(done.sum().isWell(Policy.RESTART)).isFalse();
    assertThat(done.sum().isWell(Policy.STAY)).isTrue();
  }

  @Example
  void whatNamesAHostThatDoesNotExistStays() {
    List<Item> items = List.of(item("a", 1, "constraint:node==host-9"));
    assertThat(to(next(Batch.of(1).with(items), items))).isEqualTo("nowhere");
  }

  @Example
  void notEvenStayingIsWellWhenOneIsDownOrNeverBegan() {
    assertThat(new Batch.Sum(3, 0, 1, 0).isWell(Policy.STAY)).isFalse();
    assertThat(new Batch.Sum(3, 0, 0, 1).isWell(Policy.STAY)).isFalse();
    assertThatThrownBy(() -> Batch.of(0)).isInstanceOf(EngineException.class);
  }

  // ---- whatever happens

  @Provide
  Arbitrary<List<Integer>> sizes() {
    return Arbitraries.integers().between(0, 40).list().ofMaxSize(20);
  }

  /** Containers come, begin, end well or badly, and maybe all is cancelled, in any order. */
  @Property
  void neverMoreThanSoManyLargestFirstEachOnceAndNothingOnceCancelled(
      @ForAll @IntRange(min = 1, max = 5) int parallel,
      @ForAll("sizes") List<Integer> sizes,
      @ForAll Random random) {
    List<Item> all = new ArrayList<>();
    sizes.forEach(size -> all.add(item("c" + all.size(), size)));
    int known = all.isEmpty() ? 0 : random.nextInt(all.size() + 1);
    Batch batch = Batch.of(parallel).with(all.subList(0, known));
    Map<String, Integer> begun = new HashMap<>();
    List<String> underway = new ArrayList<>();
    boolean cancelled = false;
    while (!batch.isOver() || (!cancelled && known < all.size())) {
      switch (random.nextInt(12)) {
        case 0 -> {
          known = Math.min(all.size(), known + 1);
          batch = batch.with(all.subList(0, known));
        }
        case 1 -> {
          if (random.nextInt(4) == 0) {
            batch = batch.cancel();
            cancelled = true;
          }
        }
        case 2, 3, 4 -> {
          if (!underway.isEmpty()) {
            String id = underway.remove(random.nextInt(underway.size()));
            batch = batch.ended(id, random.nextBoolean() ? MOVED : new Result.Stays("busy"));
          }
        }
        default -> {
          ClusterView view = Sample.view(all.subList(0, known));
          Optional<Batch.Next> next = batch.next(view, PLACEMENT);
          if (next.isEmpty()) {
            assertThat(cancelled || underway.size() == parallel || waiting(batch).isEmpty())
                .isTrue();
            continue;
          }
          assertThat(cancelled).isFalse();
          Item item = next.get().entry().item();
          assertThat(item).isEqualTo(waiting(batch).stream().min(Item.LARGEST_FIRST).orElseThrow());
          assertThat(begun.merge(item.id(), 1, Integer::sum)).isEqualTo(1);
          batch = next.get().batch();
          if (next.get().entry().stage() instanceof Stage.Underway(String to)) {
            assertThat(to).isNotEqualTo(item.from());
            underway.add(item.id());
          }
          assertThat(underway).hasSizeLessThanOrEqualTo(parallel);
        }
      }
    }
    assertThat(underway).isEmpty();
    Batch.Sum sum = batch.sum();
    assertThat(sum.moved() + sum.stayed() + sum.waiting()).isEqualTo(batch.entries().size());
    assertThat(sum.waiting() == 0 || cancelled).isTrue();
    assertThat(batch.entries()).hasSize(known);
  }

  private static List<Item> waiting(Batch batch) {
    return batch.entries().stream()
        .filter(entry -> entry.stage() instanceof Stage.Waiting)
        .map(Batch.Entry::item)
        .toList();
  }
}
