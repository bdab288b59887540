package dev.flota.lab.bench.fleet;

import com.fasterxml.jackson.databind.JsonNode;
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

/** The last host loses its power: until the first one says so, and runs what it had run. */
record HostLoss() implements FleetScenario {
  private static final int MOST_ROUNDS = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Metric NOTICED = Metric.duration("a host's loss is noticed").atMost(10_000);
  private static final Metric RESCHEDULED =
      Metric.duration("and its container runs elsewhere after").atMost(20_000);

  @Override
  public String key() {
    return "loss";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    List<Double> noticed = new ArrayList<>();
    List<Double> rescheduled = new ArrayList<>();
    for (int round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
      once(fleet, noticed, rescheduled);
    }
    return List.of(
        new Comparison(NOTICED, Optional.empty(), Optional.of(new Samples(noticed))),
        new Comparison(RESCHEDULED, Optional.empty(), Optional.of(new Samples(rescheduled))));
  }

  private static void once(FleetUnderTest fleet, List<Double> noticed, List<Double> rescheduled)
      throws IOException {
    Engine lost = fleet.last();
    try (EngineApi api = EngineApi.of(fleet.first())) {
      String container =
          api.create(
              FleetUnderTest.wish(
                  "constraint:node==~" + lost.name(),
                  Map.of(
                      "Labels",
                      Map.of("flota.reschedule", "true"),
                      "HostConfig",
                      Map.of("RestartPolicy", Map.of("Name", "always")))));
      try {
        api.start(container);
        FleetUnderTest.await(
            "others may take it over", PATIENCE, () -> reschedulable(api, lost) > 0);
        Stopwatch watch = Stopwatch.start();
        fleet.lab("kill", lost.name());
        FleetUnderTest.await(
            "the loss is noticed",
            PATIENCE,
            () -> !FleetUnderTest.state(api, lost).equals("ready"));
        double seen = watch.millis();
        FleetUnderTest.await(
            "it runs elsewhere", PATIENCE, () -> runsElsewhere(api, container, lost));
        noticed.add(seen);
        rescheduled.add(watch.millis() - seen);
      } finally {
        fleet.lab("start", lost.name());
        FleetUnderTest.await(
            "it is back", PATIENCE, () -> FleetUnderTest.state(api, lost).equals("ready"));
        api.remove(container);
      }
    }
  }

  private static int reschedulable(EngineApi api, Engine host) throws IOException {
    return FleetUnderTest.entry(api, host).path("Reschedulable").asInt();
  }

  private static boolean runsElsewhere(EngineApi api, String container, Engine lost)
      throws IOException {
    JsonNode inspected = api.read("/containers/" + container + "/json");
    return !inspected.path("Node").path("Name").asText().equals(lost.name())
        && inspected.path("State").path("Running").asBoolean();
  }
}
