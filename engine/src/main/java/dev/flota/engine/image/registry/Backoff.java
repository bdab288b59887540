package dev.flota.engine.image.registry;

import java.io.InterruptedIOException;
import java.time.Duration;

/**
 * How often something is tried, and how long the pauses are: each twice the one before.
 *
 * @param attempts tries in all, the first included
 * @param first the first pause
 * @param longest no pause is longer
 */
public record Backoff(int attempts, Duration first, Duration longest) {
  private static final int DOUBLINGS = 16;

  /** The pause after so many failures. */
  public Duration pauseAfter(int failures) {
    Duration pause = first.multipliedBy(1L << Math.clamp(failures - 1L, 0, DOUBLINGS));
    return pause.compareTo(longest) < 0 ? pause : longest;
  }

  /** Waits as long as {@link #pauseAfter} says. */
  public void pause(int failures) throws InterruptedIOException {
    try {
      Thread.sleep(pauseAfter(failures));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("context canceled").initCause(e);
    }
  }
}
