package dev.flota.lab.bench;

import dev.flota.lab.bench.figure.Comparison;
import java.util.List;

/** What a scenario gave: its figures, and what went wrong, with the engine's name in it. */
record Outcome(List<Comparison> comparisons, List<String> failures) {
  Outcome {
    comparisons = List.copyOf(comparisons);
    failures = List.copyOf(failures);
  }
}
