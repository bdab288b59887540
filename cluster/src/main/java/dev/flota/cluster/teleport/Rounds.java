package dev.flota.cluster.teleport;

import java.util.List;

/**
 * Whether memory is worth being sent once more before a container is frozen; pure.
 *
 * @param sent one for each time, the first has all of it; not empty
 */
record Rounds(List<Sent> sent) {
  private static final int MOST = 8;
  private static final double SHORT_FREEZE_SECONDS = 0.05;
  private static final double SHRINKS = 0.8;

  /** What was sent in how long. */
  record Sent(long bytes, long nanos) {}

  /** What to do now. */
  enum Next {
    /** Send what has changed meanwhile. */
    AGAIN,
    /** Little is left: freeze it. */
    FREEZE,
    /** It changes so much that the rest would take long, however often it is sent. */
    FUTILE
  }

  /** By what the last ones sent: as much may have changed since. */
  Next next() {
    Sent last = sent.getLast();
    double freeze = seconds(last.bytes());
    boolean shrinks =
        sent.size() == 1 || last.bytes() < SHRINKS * sent.get(sent.size() - 2).bytes();
    if (freeze > SHORT_FREEZE_SECONDS && shrinks && sent.size() < MOST) {
      return Next.AGAIN;
    }
    return freeze > Way.LONG_FREEZE_SECONDS ? Next.FUTILE : Next.FREEZE;
  }

  /** That so many bytes take; the first round, the largest, tells it best. */
  private double seconds(long bytes) {
    Sent first = sent.getFirst();
    return first.bytes() == 0 ? 0 : first.nanos() / 1e9 * bytes / first.bytes();
  }
}
