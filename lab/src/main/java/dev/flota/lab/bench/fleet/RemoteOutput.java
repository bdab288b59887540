package dev.flota.lab.bench.fleet;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.engine.UnexpectedAnswerException;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a command writes whose client is attached, from another host and from the same. */
record RemoteOutput() implements FleetScenario {
  private static final int MEGABYTES = 200;
  private static final int MOST_ROUNDS = 5;
  private static final double MILLISECONDS = 1000;
  private static final Metric OUTPUT =
      Metric.throughput("attached to another host, TLS").atLeastOf(0.6, "the host's own");

  @Override
  public String key() {
    return "attach";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    List<Double> here = new ArrayList<>();
    List<Double> there = new ArrayList<>();
    try (EngineApi api = EngineApi.of(fleet.first())) {
      String own = started(api, fleet.first());
      String others = started(api, fleet.hosts().get(1));
      try {
        for (int round = -1; round < Math.min(rounds, MOST_ROUNDS); round++) {
          double local = rate(api, own);
          double remote = rate(api, others);
          if (round >= 0) {
            here.add(local);
            there.add(remote);
          }
        }
      } finally {
        api.remove(own);
        api.remove(others);
      }
    }
    return List.of(
        new Comparison(OUTPUT, Optional.of(new Samples(here)), Optional.of(new Samples(there))));
  }

  private static String started(EngineApi api, Engine host) throws IOException {
    String container = FleetUnderTest.create(api, host, Map.of());
    api.start(container);
    return container;
  }

  private static double rate(EngineApi api, String container) throws IOException {
    String exec =
        api.createExec(
            container, "head", "-c", String.valueOf(MEGABYTES * 1_000_000L), "/dev/zero");
    Stopwatch watch = Stopwatch.start();
    long bytes = api.drainExec(exec);
    double took = watch.millis();
    if (bytes < MEGABYTES * 1_000_000L) {
      throw new UnexpectedAnswerException("only " + bytes + " bytes of the output came");
    }
    return MEGABYTES * MILLISECONDS / took;
  }
}
