package dev.flota.cluster.batch;

/** What is told of a batch while it goes on. */
public sealed interface Progress {
  /** A container is where the entry says. */
  record Changed(Batch.Entry entry) implements Progress {}

  /** Something begins for a container that is on its way to that host. */
  record Begun(Item item, String to, String phase) implements Progress {}

  /**
   * Nothing moves any more.
   *
   * @param well whether all is as the user wants it
   */
  record Over(Batch.Sum sum, boolean well) implements Progress {}
}
