package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import dev.flota.lab.bench.fleet.FleetScenario;
import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * For how long a container does not run while it moves, by mode and by its private anonymous
 * memory, beside criu alone; and where the time goes. In turns within each size.
 */
record FrozenTime(List<MemorySize> sizes) implements FleetScenario {
  private static final double MOST_OF_SMALL = 1.5;
  private static final double MOST_OF_FLOOR_AND_LINK = 1.2;
  private static final double SECOND = 1000;
  private static final long KIBIBYTES_IN_MEGABYTE = 1000;
  private static final String FLOOR = "floor";
  private static final String FLOOR_AND_LINK = "floor and link";
  private static final String FLOOR_AND_TLS = "floor and TLS";
  private static final List<MemorySize> BY_PHASE = List.of(MemorySize.SMALL, MemorySize.GIGABYTE);

  @Override
  public String key() {
    return "memory";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    Map<MemorySize, Series> taken = new EnumMap<>(MemorySize.class);
    List<Comparison> leftOut = new ArrayList<>();
    try (Link link = Link.open(fleet)) {
      for (MemorySize size : sizes) {
        long free = freeMegabytes();
        if (free < size.needs()) {
          leftOut.add(leftOut(size, free));
        } else {
          System.err.println("bench: memory, " + size.text());
          taken.put(size, measure(fleet, link, size, size.rounds(rounds)));
        }
      }
    }
    return comparisons(taken, leftOut);
  }

  private static Comparison leftOut(MemorySize size, long free) {
    return new Comparison(
        Metric.duration(
            "%s left out: needs %d MB, %d are free".formatted(size.text(), size.needs(), free)),
        Optional.empty(),
        Optional.empty());
  }

  private static long freeMegabytes() throws IOException {
    String key = "MemAvailable:";
    for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith(key)) {
        String kibibytes = line.substring(key.length()).replace("kB", "").strip();
        return Long.parseLong(kibibytes) / KIBIBYTES_IN_MEGABYTE;
      }
    }
    throw new IOException("/proc/meminfo has no " + key);
  }

  /** The first round does not count. */
  private static Series measure(FleetUnderTest fleet, Link link, MemorySize size, int rounds)
      throws IOException {
    Series series = new Series();
    try (Floor floor = Floor.start(fleet, Floor.Of.PROCESS, size);
        Traveller traveller = Traveller.start(fleet, size)) {
      for (int round = -1; round < rounds; round++) {
        Series taken = round < 0 ? new Series() : series;
        double alone = floor.round().total();
        taken.add(FLOOR, alone);
        for (Mode mode : Mode.values()) {
          Optional<Move> moved = traveller.move(mode);
          moved.ifPresent(move -> add(mode, move, taken));
          if (mode == Mode.STOP && size == MemorySize.GIGABYTE && moved.isPresent()) {
            double seconds = moved.get().megabytes() * SECOND;
            taken.add(FLOOR_AND_LINK, alone + seconds / link.plain());
            taken.add(FLOOR_AND_TLS, alone + seconds / link.tls());
          }
        }
      }
    }
    return series;
  }

  private static void add(Mode mode, Move move, Series taken) {
    taken.add(frozen(mode), move.frozen());
    taken.add(total(mode), move.total());
    move.phases().forEach((phase, took) -> taken.add(phase(mode, phase), took));
  }

  private static String frozen(Mode mode) {
    return mode.text() + ": frozen";
  }

  private static String total(Mode mode) {
    return mode.text() + ": in all";
  }

  private static String phases(Mode mode) {
    return mode.text() + ": phase ";
  }

  private static String phase(Mode mode, String phase) {
    return phases(mode) + phase;
  }

  private static List<Comparison> comparisons(
      Map<MemorySize, Series> taken, List<Comparison> leftOut) {
    List<Comparison> all = new ArrayList<>();
    for (Mode mode : Mode.values()) {
      taken.forEach((size, series) -> all.add(row(size, series, frozen(mode))));
    }
    all.addAll(leftOut);
    Series small = taken.getOrDefault(MemorySize.SMALL, new Series());
    Series gigabyte = taken.getOrDefault(MemorySize.GIGABYTE, new Series());
    all.add(
        Rows.perhaps(
            Metric.duration("1 GB beside 10 MB, postcopy: frozen")
                .atMostOf(MOST_OF_SMALL, "10 MB's"),
            small.get(frozen(Mode.POSTCOPY)),
            gigabyte.get(frozen(Mode.POSTCOPY))));
    Optional<Samples> stopped = gigabyte.get(frozen(Mode.STOP));
    all.add(
        new Comparison(
            Metric.duration("1 GB, stop: frozen, beside floor + bytes / link (TCP)")
                .atMostOf(MOST_OF_FLOOR_AND_LINK, "both"),
            gigabyte.get(FLOOR_AND_LINK),
            stopped));
    all.add(
        new Comparison(
            Metric.duration("1 GB, stop: frozen, beside floor + bytes / link (TLS)"),
            gigabyte.get(FLOOR_AND_TLS),
            stopped));
    for (Mode mode : Mode.values()) {
      BY_PHASE.forEach(
          size -> all.addAll(phaseRows(size, taken.getOrDefault(size, new Series()), mode)));
    }
    return all;
  }

  private static Comparison row(MemorySize size, Series series, String name) {
    return Rows.perhaps(
        Metric.duration(size.text() + ", " + name), series.get(FLOOR), series.get(name));
  }

  /** Where the time of a whole move goes. */
  private static List<Comparison> phaseRows(MemorySize size, Series series, Mode mode) {
    return series.names().stream()
        .filter(name -> name.startsWith(phases(mode)) || name.equals(total(mode)))
        .map(
            name ->
                new Comparison(
                    Metric.duration(size.text() + ", " + name), Optional.empty(), series.get(name)))
        .toList();
  }
}
