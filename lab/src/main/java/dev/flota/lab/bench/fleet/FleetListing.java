package dev.flota.lab.bench.fleet;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.engine.UnexpectedAnswerException;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code docker ps -a} of a fleet with many containers, from each host in turn. */
record FleetListing() implements FleetScenario {
  private static final int COUNT = 1000;
  private static final int WARM_UPS = 10;
  private static final Duration KNOWN_WITHIN = Duration.ofSeconds(60);
  private static final Metric LIST =
      Metric.duration("list of " + COUNT + " containers, from any host").atMost(50);

  @Override
  public String key() {
    return "list";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    List<String> made = new ArrayList<>();
    try {
      try (EngineApi api = EngineApi.of(fleet.first())) {
        for (int i = 0; i < COUNT; i++) {
          Engine host = fleet.hosts().get(i % fleet.hosts().size());
          made.add(FleetUnderTest.create(api, host, Map.of()));
        }
      }
      List<Double> values = new ArrayList<>();
      for (Engine host : fleet.hosts()) {
        values.addAll(lists(host, rounds));
      }
      return List.of(new Comparison(LIST, Optional.empty(), Optional.of(new Samples(values))));
    } finally {
      try (EngineApi api = EngineApi.of(fleet.first())) {
        for (String container : made) {
          api.remove(container);
        }
      }
    }
  }

  private static List<Double> lists(Engine host, int rounds) throws IOException {
    List<Double> values = new ArrayList<>();
    try (EngineApi api = EngineApi.of(host)) {
      FleetUnderTest.await(
          host.name() + " knows all containers", KNOWN_WITHIN, () -> api.countAll() >= COUNT);
      for (int round = -WARM_UPS; round < rounds; round++) {
        Stopwatch watch = Stopwatch.start();
        int count = api.countAll();
        double took = watch.millis();
        if (count < COUNT) {
          throw new UnexpectedAnswerException(host.name() + " lists only " + count);
        }
        if (round >= 0) {
          values.add(took);
        }
      }
    }
    return values;
  }
}
