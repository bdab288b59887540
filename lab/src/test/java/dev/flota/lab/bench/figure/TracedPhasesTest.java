package dev.flota.lab.bench.figure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TracedPhasesTest {
  private static final String LINE =
      "2026-11-24T12:00:00.123 DEBUG d.f.e.c.ContainerEngine - "
          + "launch of clever_turing: storage 0.9, network 7.1, in all 8.0 ms";

  @Test
  void aLineTellsEachPhaseAndTheSum() {
    assertThat(TracedPhases.parse(LINE))
        .contains(
            new TracedPhases(
                "launch",
                "clever_turing",
                Map.of("storage", 0.9, "network", 7.1, TracedPhases.SUM, 8.0)));
  }

  @Test
  void otherLinesTellNothing() {
    assertThat(TracedPhases.parse("2026 WARN d.f.X - launch of clever_turing failed")).isEmpty();
    assertThat(TracedPhases.parse("")).isEmpty();
  }

  @Test
  void valuesOfManyLinesAreCollectedByWorkAndPhase() {
    TracedPhases first = new TracedPhases("launch", "a", Map.of("network", 1.0));
    TracedPhases second = new TracedPhases("launch", "b", Map.of("network", 3.0));
    TracedPhases other = new TracedPhases("clean-up", "a", Map.of("network", 9.0));

    assertThat(TracedPhases.collect(List.of(first, other, second)))
        .containsExactly(
            Map.entry("launch: network", new Samples(List.of(1.0, 3.0))),
            Map.entry("clean-up: network", new Samples(List.of(9.0))));
  }

  @Test
  void whatAContainerHasTwiceIsAddedUp() {
    TracedPhases end = new TracedPhases("clean-up", "a", Map.of("runtime", 9.0));
    TracedPhases removal = new TracedPhases("clean-up", "a", Map.of("runtime", 0.5));

    assertThat(TracedPhases.collect(List.of(end, removal)))
        .containsExactly(Map.entry("clean-up: runtime", new Samples(List.of(9.5))));
  }
}
