package dev.flota.lab.bench.fleet;

/** Milliseconds since it was started. */
record Stopwatch(long started) {
  private static final double NANOSECONDS = 1e6;

  static Stopwatch start() {
    return new Stopwatch(System.nanoTime());
  }

  double millis() {
    return (System.nanoTime() - started) / NANOSECONDS;
  }
}
