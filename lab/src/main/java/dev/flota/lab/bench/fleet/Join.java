package dev.flota.lab.bench.fleet;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The last host leaves and joins again, until a container that was wanted there runs there. */
record Join() implements FleetScenario {
  private static final int MOST_ROUNDS = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Metric JOIN =
      Metric.duration("a host joins and runs a container").atMost(5000);

  @Override
  public String key() {
    return "join";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    List<Double> values = new ArrayList<>();
    for (int round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
      values.add(once(fleet));
    }
    return List.of(new Comparison(JOIN, Optional.empty(), Optional.of(new Samples(values))));
  }

  private static double once(FleetUnderTest fleet) throws IOException {
    Engine joins = fleet.last();
    try (EngineApi first = EngineApi.of(fleet.first());
        EngineApi last = EngineApi.of(joins)) {
      String address = FleetUnderTest.address(first, joins);
      last.order("/fleet/leave", Map.of("force", false), 204);
      FleetUnderTest.await(
          "it has left", PATIENCE, () -> FleetUnderTest.state(first, joins).isEmpty());
      String token = first.order("/fleet/tokens", Map.of(), 201).path("Token").asText();
      Stopwatch watch = Stopwatch.start();
      last.order(
          "/fleet/join",
          Map.of(
              "token",
              token,
              "remote",
              FleetUnderTest.address(first, fleet.first()) + ":2377",
              "address",
              address),
          201);
      FleetUnderTest.await(
          "it is ready", PATIENCE, () -> FleetUnderTest.state(first, joins).equals("ready"));
      String container = FleetUnderTest.create(first, joins, Map.of());
      first.start(container);
      double took = watch.millis();
      first.remove(container);
      return took;
    }
  }
}
