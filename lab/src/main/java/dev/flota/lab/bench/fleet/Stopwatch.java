package dev.flota.lab.bench.fleet;

/** Milliseconds since it was started. */
public record Stopwatch(long started) {
  private static final double NANOSECONDS = 1e6;

  /** From now on. */
  public static Stopwatch start() {
    return new Stopwatch(System.nanoTime());
  }

  /** Until now. */
  public double millis() {
    return (System.nanoTime() - started) / NANOSECONDS;
  }
}
