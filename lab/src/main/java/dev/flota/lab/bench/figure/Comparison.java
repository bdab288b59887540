package dev.flota.lab.bench.figure;

import java.util.Optional;
import java.util.OptionalDouble;

/** One metric of both engines; an engine's values are absent where it was left out or failed. */
public record Comparison(Metric metric, Optional<Samples> docker, Optional<Samples> flota) {
  /** Flota's median divided by Docker's. */
  public OptionalDouble ratio() {
    if (docker.isEmpty() || flota.isEmpty() || docker.get().median() == 0) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(flota.get().median() / docker.get().median());
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
        docker.isPresent() ? OptionalDouble.of(docker.get().median()) : OptionalDouble.empty();
    return metric.target().judge(median, flota.get().median());
  }
}
