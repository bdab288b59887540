package dev.flota.lab.bench.fleet;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code run -d} on another host beside the same on the host that is asked, in turns. */
record RemoteRun() implements FleetScenario {
  private static final int WARM_UPS = 10;
  private static final Metric RUN =
      Metric.duration("run -d on another host").atMostOf(1.3, "the host's own");

  @Override
  public String key() {
    return "run";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    List<Double> here = new ArrayList<>();
    List<Double> there = new ArrayList<>();
    try (EngineApi api = EngineApi.of(fleet.first())) {
      for (int round = -WARM_UPS; round < rounds; round++) {
        double own = run(api, fleet.first());
        double others = run(api, fleet.hosts().get(1));
        if (round >= 0) {
          here.add(own);
          there.add(others);
        }
      }
    }
    return List.of(
        new Comparison(RUN, Optional.of(new Samples(here)), Optional.of(new Samples(there))));
  }

  private static double run(EngineApi api, Engine host) throws IOException {
    Stopwatch watch = Stopwatch.start();
    String container = FleetUnderTest.create(api, host, Map.of());
    api.start(container);
    double took = watch.millis();
    api.remove(container);
    return took;
  }
}
