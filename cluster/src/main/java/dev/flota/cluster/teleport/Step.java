package dev.flota.cluster.teleport;

/** What is told of a move while it goes on. */
public sealed interface Step {
  /** Something to know about it, for people. */
  record Noted(String text) implements Step {}

  /** One part of it begins. */
  record Begun(Phase phase) implements Step {}

  /**
   * Something went over.
   *
   * @param bytes sent in all so far
   * @param expected about so many will be sent in all
   * @param perSecond bytes, since the first was sent
   */
  record Sent(long bytes, long expected, long perSecond) implements Step {}

  /**
   * Memory was sent, as a whole or what of it had changed, in a move that does so more than once.
   *
   * @param round counted from 1
   * @param bytes of memory, in this round
   * @param millis that it took
   */
  record Round(int round, long bytes, long millis) implements Step {}

  /**
   * It has come to its end.
   *
   * @param mode in which it was moved
   * @param totalMillis from the request on
   * @param frozenMillis from the freeze until the container went on
   * @param bytes sent in all
   */
  record Done(String host, String mode, long totalMillis, long frozenMillis, long bytes)
      implements Step {}

  /** The parts of a move, in their order. */
  enum Phase {
    /** Until no {@code docker exec} runs in it, or all memory of an earlier move has come. */
    WAIT,
    /** The other host gets the image and makes network and directories. */
    PREPARE,
    /** Files are copied while the container runs. */
    COPY,
    /** Its memory is sent while the container runs, and again what changes. */
    ROUNDS,
    /** From here on the container does not run. */
    FREEZE,
    /** Its processes and their memory are written down. */
    DUMP,
    /** What changed of its files, and the images, are sent. */
    SEND,
    /** The ledger makes it the other host's. */
    HAND_OVER,
    /** It goes on there. */
    RESTORE,
    /** It runs there, and the rest of its memory follows. */
    MEMORY
  }
}
