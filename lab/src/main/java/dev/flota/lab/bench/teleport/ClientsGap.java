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
 * For how long a client on a third host is not answered by a small container that moves, beside
 * criu alone, in turns.
 */
record ClientsGap() implements FleetScenario {
  private static final MemorySize SIZE = MemorySize.SMALL;
  private static final int WARM_UPS = 2;
  private static final double MOST_OF_FLOOR = 1.5;
  private static final String DUMP = "criu alone, %s: dump".formatted(SIZE.text());
  private static final String RESTORE = "criu alone, %s: restore".formatted(SIZE.text());
  private static final String QUIET = "longest gap between moves";
  private static final String FLOOR = "floor";

  @Override
  public String key() {
    return "gap";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    Series series = new Series();
    try (Floor floor = Floor.start(fleet, SIZE);
        Traveller server = Traveller.start(fleet, SIZE);
        Talk talk = Talk.start(fleet, server.address())) {
      for (int round = -WARM_UPS; round < rounds; round++) {
        Series taken = round < 0 ? new Series() : series;
        Floor.Took alone = floor.round();
        taken.add(DUMP, alone.dump());
        taken.add(RESTORE, alone.restore());
        taken.add(FLOOR, alone.total());
        taken.add(QUIET, talk.longestGap(() -> {}));
        for (Mode mode : Mode.values()) {
          move(mode, server, talk, taken);
        }
      }
    }
    return comparisons(series);
  }

  private static void move(Mode mode, Traveller server, Talk talk, Series taken)
      throws IOException {
    List<Move> moved = new ArrayList<>();
    double gap = talk.longestGap(() -> server.move(mode).ifPresent(moved::add));
    for (Move move : moved) {
      taken.add(gap(mode), gap);
      taken.add(frozen(mode), move.frozen());
    }
  }

  private static String gap(Mode mode) {
    return "%s, %s: gap that a client sees".formatted(SIZE.text(), mode.text());
  }

  private static String frozen(Mode mode) {
    return "%s, %s: frozen meanwhile".formatted(SIZE.text(), mode.text());
  }

  private static List<Comparison> comparisons(Series series) {
    List<Comparison> all = new ArrayList<>();
    for (String part : List.of(DUMP, RESTORE)) {
      all.add(new Comparison(Metric.duration(part), series.get(part), Optional.empty()));
    }
    Metric target = Metric.duration(gap(Mode.STOP)).atMostOf(MOST_OF_FLOOR, "the floor");
    all.add(new Comparison(target, series.get(FLOOR), series.get(gap(Mode.STOP))));
    for (String name : List.of(frozen(Mode.STOP), gap(Mode.POSTCOPY), frozen(Mode.POSTCOPY))) {
      all.add(Rows.perhaps(Metric.duration(name), series.get(FLOOR), series.get(name)));
    }
    all.add(new Comparison(Metric.duration(QUIET), Optional.empty(), series.get(QUIET)));
    return all;
  }
}
