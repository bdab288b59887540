package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import dev.flota.lab.bench.fleet.FleetScenario;
import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * For how long a client on a third host is not answered by a small container that moves, beside
 * what a dump and a restore take on one host, in turns.
 */
record ClientsGap() implements FleetScenario {
  private static final MemorySize SIZE = MemorySize.SMALL;
  private static final int WARM_UPS = 2;
  private static final double MOST_OF_FLOOR = 1.5;
  private static final String QUIET = "longest gap between moves";

  @Override
  public String key() {
    return "gap";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    Series series = new Series();
    try (Floor process = Floor.start(fleet, Floor.Of.PROCESS, SIZE);
        Floor container = Floor.start(fleet, Floor.Of.CONTAINER, SIZE);
        Traveller server = Traveller.start(fleet, SIZE);
        Talk talk = Talk.start(fleet, server.address())) {
      for (int round = -WARM_UPS; round < rounds; round++) {
        Series taken = round < 0 ? new Series() : series;
        add(Floor.Of.PROCESS, process.round(), taken);
        add(Floor.Of.CONTAINER, container.round(), taken);
        taken.add(QUIET, talk.longestGap(() -> {}));
        for (Mode mode : Mode.values()) {
          move(mode, server, talk, taken);
        }
      }
    }
    return comparisons(series);
  }

  private static void add(Floor.Of what, Floor.Took took, Series taken) {
    taken.add(dump(what), took.dump());
    taken.add(restore(what), took.restore());
    taken.add(floor(what), took.total());
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

  private static String floor(Floor.Of what) {
    return switch (what) {
      case PROCESS -> "a process by criu";
      case CONTAINER -> "a container by runc";
    };
  }

  private static String dump(Floor.Of what) {
    return "%s, %s, on one host: dump".formatted(SIZE.text(), floor(what));
  }

  private static String restore(Floor.Of what) {
    return "%s, %s, on one host: restore".formatted(SIZE.text(), floor(what));
  }

  private static String gap(Mode mode) {
    return "%s, %s: gap that a client sees".formatted(SIZE.text(), mode.text());
  }

  private static String frozen(Mode mode) {
    return "%s, %s: frozen meanwhile".formatted(SIZE.text(), mode.text());
  }

  private static List<Comparison> comparisons(Series series) {
    List<Comparison> all = new ArrayList<>();
    for (Floor.Of what : Floor.Of.values()) {
      for (String part : List.of(dump(what), restore(what))) {
        all.add(new Comparison(Metric.duration(part), series.get(part), Optional.empty()));
      }
    }
    for (Floor.Of what : Floor.Of.values()) {
      all.add(
          new Comparison(
              Metric.duration("%s, beside %s".formatted(gap(Mode.STOP), floor(what)))
                  .atMostOf(MOST_OF_FLOOR, "that"),
              series.get(floor(what)),
              series.get(gap(Mode.STOP))));
    }
    Optional<Samples> floor = series.get(floor(Floor.Of.CONTAINER));
    for (String name : List.of(frozen(Mode.STOP), gap(Mode.POSTCOPY), frozen(Mode.POSTCOPY))) {
      all.add(Rows.perhaps(Metric.duration(name), floor, series.get(name)));
    }
    all.add(new Comparison(Metric.duration(QUIET), Optional.empty(), series.get(QUIET)));
    return all;
  }
}
