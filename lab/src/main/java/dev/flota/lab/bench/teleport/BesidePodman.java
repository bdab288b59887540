package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.fleet.FleetScenario;
import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The same program moved by podman: {@code container checkpoint --export} on one host, the archive
 * by TCP, {@code container restore --import} on the other one. In podman's favour the archive is
 * not compressed, stays in memory, and the container has no network.
 *
 * @param hosts two, and their addresses
 * @param image where they get it
 */
record BesidePodman(Map<String, String> hosts, String image) implements FleetScenario {
  private static final int MOST_ROUNDS = 10;
  private static final double MICROSECONDS = 1000;
  private static final double NANOSECONDS = 1e6;
  private static final String STILL = "its program did not run";
  private static final String TOTAL = "whole move";
  private static final String PODMANS = "podman's: ";

  /** Keeps their order. */
  BesidePodman {
    hosts = new LinkedHashMap<>(hosts);
  }

  @Override
  public String key() {
    return "podman";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    List<Comparison> all = new ArrayList<>();
    for (MemorySize size : List.of(MemorySize.SMALL, MemorySize.MEDIUM)) {
      Series series = measure(fleet, size, size.rounds(Math.min(rounds, MOST_ROUNDS)));
      for (String name : List.of(STILL, TOTAL)) {
        all.add(
            new Comparison(
                Metric.duration("%s, stop, beside podman: %s".formatted(size.text(), name)),
                series.get(PODMANS + name),
                series.get(name)));
      }
    }
    return all;
  }

  /** The first round does not count. */
  private Series measure(FleetUnderTest fleet, MemorySize size, int rounds) throws IOException {
    List<String> names = List.copyOf(hosts.keySet());
    Series series = new Series();
    try (Agent first = agent(fleet, names.get(0), names.get(1), size);
        Agent second = agent(fleet, names.get(1), names.get(0), size);
        Traveller traveller = Traveller.start(fleet, size)) {
      first.read();
      second.read();
      first.ask("start");
      List<Agent> way = List.of(first, second);
      for (int round = -1; round < rounds; round++) {
        Series taken = round < 0 ? new Series() : series;
        byPodman(way, taken);
        way = way.reversed();
        byFlota(traveller, taken);
      }
    }
    return series;
  }

  private Agent agent(FleetUnderTest fleet, String host, String other, MemorySize size)
      throws IOException {
    return Agent.start(
        host,
        fleet.inside(
            host,
            Scripts.PODMAN.command(
                hosts.getOrDefault(other, other),
                image,
                Scripts.PROGRAM.text(),
                Integer.toString(size.megabytes()))));
  }

  private static void byPodman(List<Agent> way, Series taken) throws IOException {
    Agent from = way.getFirst();
    Agent to = way.getLast();
    to.ask("receive");
    String[] began = from.ask("send").split(" ", 2);
    long ended = Long.parseLong(to.read());
    taken.add(PODMANS + TOTAL, (ended - Long.parseLong(began[0])) / NANOSECONDS);
    taken.add(PODMANS + STILL, Double.parseDouble(to.ask("still " + began[1])) / MICROSECONDS);
    from.ask("forget");
  }

  private static void byFlota(Traveller traveller, Series taken) throws IOException {
    int before = traveller.stills();
    Move move = traveller.move(Mode.STOP).orElseThrow();
    taken.add(TOTAL, move.total());
    taken.add(STILL, traveller.longestStill(before));
  }
}
