package dev.flota.cluster.teleport;

/** What is told of a move while it goes on. */
public sealed interface Step {
  /** One part of it begins. */
  record Begun(Phase phase) implements Step {}

  /**
   * It has come to its end.
   *
   * @param totalMillis from the request on
   * @param frozenMillis from the freeze until the container went on
   * @param bytes sent in all
   */
  record Done(String host, long totalMillis, long frozenMillis, long bytes) implements Step {}

  /** The parts of a move, in their order. */
  enum Phase {
    /** The other host gets the image and makes network and directories. */
    PREPARE,
    /** Files are copied while the container runs. */
    COPY,
    /** From here on the container does not run. */
    FREEZE,
    /** Its processes and their memory are written down. */
    DUMP,
    /** What changed of its files, and the images, are sent. */
    SEND,
    /** The ledger makes it the other host's. */
    HAND_OVER,
    /** It goes on there. */
    RESTORE
  }
}
