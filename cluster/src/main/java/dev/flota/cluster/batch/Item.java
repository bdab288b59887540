package dev.flota.cluster.batch;

import dev.flota.cluster.placement.Wish;
import dev.flota.engine.spec.ContainerRecord;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * A container that is to move.
 *
 * @param wish what it needs of a host
 * @param from id of the host that has it
 * @param to id of the host it goes to; null lets placement choose
 * @param running whether it runs, so that it moves with its memory
 * @param disposable whether it would be removed when it ends ({@code --rm})
 */
public record Item(
    Wish wish, String from, @Nullable String to, boolean running, boolean disposable) {
  /** The largest first, by what they reserve; then by name. */
  public static final Comparator<Item> LARGEST_FIRST =
      Comparator.<Item>comparingLong(item -> item.wish().reservation().memory())
          .thenComparingLong(item -> item.wish().reservation().nanoCpus())
          .reversed()
          .thenComparing(Item::name)
          .thenComparing(Item::id);

  /** This container, from its host to another one. */
  public static Item of(ContainerRecord record, String from, @Nullable String to) {
    return new Item(
        wish(record), from, to, record.state().status().alive(), record.hostConfig().autoRemove());
  }

  /** What a container that exists needs of another host. */
  public static Wish wish(ContainerRecord record) {
    return Wish.of(
        record.id(), record.name(), record.config(), record.hostConfig(), record.imageId(), null);
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
