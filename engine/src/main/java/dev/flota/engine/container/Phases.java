package dev.flota.engine.container;

import java.util.Locale;

/** Where the time of one piece of work went, for the log. */
final class Phases {
  private final StringBuilder text = new StringBuilder();
  private final long started = System.nanoTime();
  private long last = started;

  /** Ends a phase that began with the end of the one before. */
  void end(String phase) {
    long now = System.nanoTime();
    text.append(phase).append(' ').append(millis(now - last)).append(", ");
    last = now;
  }

  /** All phases and their sum, in milliseconds. */
  @Override
  public String toString() {
    return text + "in all " + millis(last - started) + " ms";
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.1f", nanos / 1e6);
  }
}
