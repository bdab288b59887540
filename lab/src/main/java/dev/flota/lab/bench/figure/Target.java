package dev.flota.lab.bench.figure;

import java.util.Locale;
import java.util.OptionalDouble;

/** What Flota's median is to reach. */
public sealed interface Target {
  /** Measured for information. */
  record None() implements Target {}

  /** At most this fraction of Docker's median of the same run. */
  record FractionOfDocker(double most) implements Target {}

  /** At most this value, whatever Docker needs. */
  record AtMost(double most) implements Target {}

  /** At least this value, whatever Docker has. */
  record AtLeast(double least) implements Target {}

  /** Judges medians; Docker's is absent where it was not measured. */
  default Verdict judge(OptionalDouble docker, double flota) {
    return switch (this) {
      case None() -> Verdict.NOT_ASKED;
      case AtMost(double most) -> Verdict.of(flota <= most);
      case AtLeast(double least) -> Verdict.of(flota >= least);
      case FractionOfDocker(double most) ->
          docker.isPresent()
              ? Verdict.of(flota <= most * docker.getAsDouble())
              : Verdict.NOT_COMPARED;
    };
  }

  /** For the table: "≤ 20.0 ms", "≤ 0.33 of Docker's". */
  default String describe(Unit unit) {
    return switch (this) {
      case None() -> "";
      case AtMost(double most) -> "≤ " + unit.format(most);
      case AtLeast(double least) -> "≥ " + unit.format(least);
      case FractionOfDocker(double most) -> String.format(Locale.ROOT, "≤ %.2f of Docker's", most);
    };
  }
}
