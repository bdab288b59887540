package dev.flota.cluster.batch;

import dev.flota.cluster.placement.ClusterView;
import dev.flota.cluster.placement.ClusterView.Shift;
import dev.flota.cluster.placement.Decision;
import dev.flota.cluster.placement.Placement;
import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Which of many containers move when: the largest first, never more than so many at once, each
 * once. Where to is decided when one begins, with what is on its way counted. Immutable; decides
 * and does nothing.
 */
public final class Batch {
  private final int parallel;
  private final boolean cancelled;
  private final SequencedMap<String, Entry> entries;

  private Batch(int parallel, boolean cancelled, SequencedMap<String, Entry> entries) {
    this.parallel = parallel;
    this.cancelled = cancelled;
    this.entries = entries;
  }

  /**
   * Of nothing yet.
   *
   * @param parallel how many may move at once
   */
  public static Batch of(int parallel) {
    if (parallel < 1) {
      throw EngineException.invalid("parallel: must be 1 or more, not " + parallel);
    }
    return new Batch(parallel, false, new LinkedHashMap<>());
  }

  /** A container and how far it is. */
  public record Entry(Item item, Stage stage) {}

  /** How far a container is. */
  public sealed interface Stage {
    /** It has not begun. */
    record Waiting() implements Stage {}

    /** It is on its way to that host. */
    record Underway(String to) implements Stage {}

    /**
     * It moves no more.
     *
     * @param to id of the host it went to or should have; empty when there was none
     */
    record Ended(Optional<String> to, Result result) implements Stage {}
  }

  /** All of them, in the order in which they became known. */
  public Collection<Entry> entries() {
    return entries.sequencedValues();
  }

  /** With those of them that are not known yet. */
  public Batch with(Collection<Item> items) {
    SequencedMap<String, Entry> all = new LinkedHashMap<>(entries);
    items.stream()
        .sorted(Item.LARGEST_FIRST)
        .forEach(item -> all.putIfAbsent(item.id(), new Entry(item, new Stage.Waiting())));
    return new Batch(parallel, cancelled, all);
  }

  /** From now on nothing begins. */
  public Batch cancel() {
    return new Batch(parallel, true, entries);
  }

  /** One that was on its way is no more. */
  public Batch ended(String id, Result result) {
    Entry entry = entries.get(id);
    if (entry == null || !(entry.stage() instanceof Stage.Underway(String to))) {
      throw new IllegalStateException("the container %s is not on its way".formatted(id));
    }
    return at(entry.item(), new Stage.Ended(Optional.of(to), result));
  }

  private Batch at(Item item, Stage stage) {
    SequencedMap<String, Entry> all = new LinkedHashMap<>(entries);
    all.put(item.id(), new Entry(item, stage));
    return new Batch(parallel, cancelled, all);
  }

  /**
   * What comes next.
   *
   * @param entry a container that is on its way now, or for which no host was found
   */
  public record Next(Batch batch, Entry entry) {}

  /** The next container's turn; empty when none can begin now. */
  public Optional<Next> next(ClusterView view, Placement placement) {
    if (cancelled || underway() >= parallel) {
      return Optional.empty();
    }
    return entries.values().stream()
        .filter(entry -> entry.stage() instanceof Stage.Waiting)
        .map(Entry::item)
        .min(Item.LARGEST_FIRST)
        .map(
            item -> {
              Batch now = at(item, begun(item, view, placement));
              return new Next(now, now.entry(item.id()));
            });
  }

  private Entry entry(String id) {
    Entry entry = entries.get(id);
    if (entry == null) {
      throw new IllegalStateException("the container %s is not known".formatted(id));
    }
    return entry;
  }

  private Stage begun(Item item, ClusterView view, Placement placement) {
    String to = item.to();
    if (to != null) {
      return new Stage.Underway(to);
    }
    try {
      ClusterView then = view.after(notSeenYet(view)).closed(item.from());
      return switch (placement.place(then, item.wish())) {
        case Decision.Placed placed -> new Stage.Underway(placed.hostId());
        case Decision.NoHostFits none -> stays(none.text());
      };
    } catch (EngineException e) { // it asks for a host or a container that does not exist
      return stays(e.text());
    }
  }

  private static Stage stays(String reason) {
    return new Stage.Ended(Optional.empty(), new Result.Stays(reason));
  }

  /** Moves that the view does not show, for they go on or it has not heard. */
  private List<Shift> notSeenYet(ClusterView view) {
    List<Shift> shifts = new ArrayList<>();
    for (Entry entry : entries.values()) {
      Item item = entry.item();
      goal(entry.stage())
          .filter(to -> isOn(item.from(), item, view))
          .ifPresent(to -> shifts.add(new Shift(item.wish(), item.from(), to)));
    }
    return shifts;
  }

  private static Optional<String> goal(Stage stage) {
    return switch (stage) {
      case Stage.Waiting _ -> Optional.empty();
      case Stage.Underway(String to) -> Optional.of(to);
      case Stage.Ended(Optional<String> to, Result result) ->
          switch (result) {
            case Result.Moved _ -> to;
            case Result.Stays _, Result.Down _ -> Optional.empty();
          };
    };
  }

  private static boolean isOn(String hostId, Item item, ClusterView view) {
    var known = view.containers().find(item.id());
    return known != null && known.hostId().equals(hostId);
  }

  private long underway() {
    return count(Stage.Underway.class);
  }

  private long count(Class<? extends Stage> stage) {
    return entries.values().stream().filter(entry -> stage.isInstance(entry.stage())).count();
  }

  /** Whether nothing moves and nothing will. */
  public boolean isOver() {
    return underway() == 0 && (cancelled || count(Stage.Waiting.class) == 0);
  }

  /**
   * How it ended.
   *
   * @param waiting those that never began, for it was cancelled
   */
  public record Sum(long moved, long stayed, long down, long waiting) {
    /** Whether all is as the user wants it. */
    public boolean isWell(Policy policy) {
      return down == 0 && waiting == 0 && (stayed == 0 || policy == Policy.STAY);
    }
  }

  /** What has become of them so far. */
  public Sum sum() {
    Map<Class<?>, Long> results = new LinkedHashMap<>();
    for (Entry entry : entries.values()) {
      if (entry.stage() instanceof Stage.Ended(Optional<String> _, Result result)) {
        results.merge(result.getClass(), 1L, Long::sum);
      }
    }
    return new Sum(
        results.getOrDefault(Result.Moved.class, 0L),
        results.getOrDefault(Result.Stays.class, 0L),
        results.getOrDefault(Result.Down.class, 0L),
        count(Stage.Waiting.class));
  }
}
