package dev.flota.lab.bench.scenario;

import dev.flota.lab.bench.figure.Metric;
import java.util.LinkedHashMap;
import java.util.Map;

/** Durations of what is done one after the other, in milliseconds. */
final class Phases {
  private static final double NANOSECONDS = 1e6;

  private final Map<Metric, Double> durations = new LinkedHashMap<>();
  private final long started = System.nanoTime();
  private long last = started;

  private Phases() {}

  static Phases begin() {
    return new Phases();
  }

  /** The phase that began when the one before ended is over. */
  void end(Metric phase) {
    long now = System.nanoTime();
    durations.put(phase, (now - last) / NANOSECONDS);
    last = now;
  }

  /** All phases so far together. */
  Map<Metric, Double> total(Metric metric) {
    durations.put(metric, (last - started) / NANOSECONDS);
    return durations;
  }

  /** Of a single phase. */
  Map<Metric, Double> durations() {
    return durations;
  }
}
