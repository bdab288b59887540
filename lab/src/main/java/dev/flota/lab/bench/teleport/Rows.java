package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import java.util.Optional;

/** Rows of the table that may lack Flota's figures. */
final class Rows {
  private Rows() {}

  /** Says so where the daemon knows no such thing. */
  static Comparison perhaps(Metric metric, Optional<Samples> other, Optional<Samples> flota) {
    return new Comparison(
        flota.isPresent() ? metric : named(metric, metric.name() + ", not implemented"),
        other,
        flota);
  }

  private static Metric named(Metric metric, String name) {
    return new Metric(name, metric.unit(), metric.target());
  }
}
