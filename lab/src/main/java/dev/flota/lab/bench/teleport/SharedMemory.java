package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.fleet.FleetScenario;
import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * For how long a container does not run whose memory is a file of {@code /dev/shm}: in every mode
 * that travels while it is frozen.
 */
record SharedMemory() implements FleetScenario {
  private static final MemorySize SIZE = MemorySize.MEDIUM;

  @Override
  public String key() {
    return "shared";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    Series series = new Series();
    try (Traveller traveller = Traveller.startShared(fleet, SIZE)) {
      for (int round = 0; round < SIZE.rounds(rounds); round++) {
        for (Mode mode : Mode.values()) {
          traveller.move(mode).ifPresent(move -> series.add(mode.text(), move.frozen()));
        }
      }
    }
    List<Comparison> all = new ArrayList<>();
    for (Mode mode : Mode.values()) {
      all.add(
          Rows.perhaps(
              Metric.duration("%s in /dev/shm, %s: frozen".formatted(SIZE.text(), mode.text())),
              Optional.empty(),
              series.get(mode.text())));
    }
    return all;
  }
}
