package dev.flota.cluster.batch;

import dev.flota.cluster.placement.Wish;
import dev.flota.engine.container.Portability;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.RunState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container that is to move.
 *
 * @param wish what it needs of a host
 * @param from id of the host that has it
 * @param to id of the host it goes to; null lets placement choose
 * @param running whether it runs, so that it moves with its memory
 * @param ties what would stand against a stop and a move after it
 */
public record Item(
    Wish wish, String from, @Nullable String to, boolean running, List<String> ties) {
  /** Keeps its own copy. */
  public Item {
    ties = List.copyOf(ties);
  }

  /** The largest first, by what they reserve; then by name. */
  public static final Comparator<Item> LARGEST_FIRST =
      Comparator.<Item>comparingLong(item -> item.wish().reservation().memory())
          .thenComparingLong(item -> item.wish().reservation().nanoCpus())
          .reversed()
          .thenComparing(Item::name)
          .thenComparing(Item::id);

  /** This container, from its host to another one. */
  public static Item of(ContainerRecord record, String from, @Nullable String to) {
    List<String> ties =
        new ArrayList<>(Portability.obstacles(record.withState(RunState.created())));
    if (record.hostConfig().autoRemove()) {
      ties.add("a stop would remove it (--rm)");
    }
    // Its volumes come along; where others use one, too, the daemon that has it refuses.
    Wish wish = Wish.of(record).withoutVolumes();
    return new Item(wish, from, to, record.state().status().alive(), ties);
  }

  /** Of the container. */
  public String id() {
    return wish.id();
  }

  /** Of the container, without the leading slash. */
  public String name() {
    return wish.name();
  }
}
