package dev.flota.lab.bench.figure;

import java.util.Locale;
import java.util.OptionalDouble;

/** What Flota's median is to reach. */
public sealed interface Target {
  /** Measured for information. */
  record None() implements Target {}

  /** At most this fraction of the other's median of the same run. */
  record AtMostOf(double most, String whose) implements Target {}

  /** At least this fraction of the other's median of the same run. */
  record AtLeastOf(double least, String whose) implements Target {}

  /** At most this value, whatever the other needs. */
  record AtMost(double most) implements Target {}

  /** At least this value, whatever the other has. */
  record AtLeast(double least) implements Target {}

  /** Judges medians; the other's is absent where it was not measured. */
  default Verdict judge(OptionalDouble other, double flota) {
    return switch (this) {
      case None() -> Verdict.NOT_ASKED;
      case AtMost(double most) -> Verdict.of(flota <= most);
      case AtLeast(double least) -> Verdict.of(flota >= least);
      case AtMostOf(double most, String whose) ->
          other.isPresent()
              ? Verdict.of(flota <= most * other.getAsDouble())
              : Verdict.NOT_COMPARED;
      case AtLeastOf(double least, String whose) ->
          other.isPresent()
              ? Verdict.of(flota >= least * other.getAsDouble())
              : Verdict.NOT_COMPARED;
    };
  }

  /** For the table: "≤ 20.0 ms", "≤ 0.33 of Docker's". */
  default String describe(Unit unit) {
    return switch (this) {
      case None() -> "";
      case AtMost(double most) -> "≤ " + unit.format(most);
      case AtLeast(double least) -> "≥ " + unit.format(least);
      case AtMostOf(double most, String whose) ->
          String.format(Locale.ROOT, "≤ %.2f of %s", most, whose);
      case AtLeastOf(double least, String whose) ->
          String.format(Locale.ROOT, "≥ %.2f of %s", least, whose);
    };
  }
}
