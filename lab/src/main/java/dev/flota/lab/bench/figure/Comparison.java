package dev.flota.lab.bench.figure;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One metric of Flota and of what it is compared with; values are absent where one was left out or
 * failed.
 */
public record Comparison(Metric metric, Optional<Samples> other, Optional<Samples> flota) {
  /** Flota's median divided by the other's. */
  public OptionalDouble ratio() {
    if (other.isEmpty() || flota.isEmpty() || other.get().median() == 0) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(flota.get().median() / other.get().median());
  }

  /** Whether Flota's median reaches the metric's target. */
  public Verdict verdict() {
    if (metric.target() instanceof Target.None) {
      return Verdict.NOT_ASKED;
    }
    if (flota.isEmpty()) {
      return Verdict.NOT_COMPARED;
    }
    OptionalDouble median =
        other.isPresent() ? OptionalDouble.of(other.get().median()) : OptionalDouble.empty();
    return metric.target().judge(median, flota.get().median());
  }
}
