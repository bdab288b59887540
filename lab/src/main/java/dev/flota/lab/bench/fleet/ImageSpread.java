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
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A large image pulled by three hosts at once, beside the same pulled by one: from a registry that
 * is as far away as most are, and from one in the same rack. The lab's hosts share the machine's
 * processors, which then are all that limits them.
 */
record ImageSpread() implements FleetScenario {
  /** What {@code lab image big} publishes: 150 MB that hardly compress. */
  private static final String IMAGE = "big";

  private static final int HOSTS = 3;
  private static final int MOST_ROUNDS = 3;
  private static final Duration KNOWN_WITHIN = Duration.ofSeconds(30);
  private static final int MBIT = 400;
  private static final Metric AFAR =
      Metric.duration("150 MB to %d hosts at once, by %d Mbit/s".formatted(HOSTS, MBIT))
          .atMostOf(1.3, "one host's pull");
  private static final Metric NEARBY = Metric.duration("and from a registry on this machine");

  @Override
  public String key() {
    return "image";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    List<Comparison> result = new ArrayList<>();
    fleet.lab("narrow", String.valueOf(MBIT));
    try {
      result.add(compare(AFAR, fleet, rounds));
    } finally {
      fleet.lab("heal");
    }
    result.add(compare(NEARBY, fleet, rounds));
    return result;
  }

  private static Comparison compare(Metric metric, FleetUnderTest fleet, int rounds)
      throws IOException {
    List<Double> one = new ArrayList<>();
    List<Double> three = new ArrayList<>();
    for (int round = -1; round < Math.min(rounds, MOST_ROUNDS); round++) {
      double alone = pull(fleet, 1);
      double together = pull(fleet, HOSTS);
      if (round >= 0) {
        one.add(alone);
        three.add(together);
      }
    }
    return new Comparison(metric, Optional.of(new Samples(one)), Optional.of(new Samples(three)));
  }

  private static double pull(FleetUnderTest fleet, int hosts) throws IOException {
    remove(fleet);
    try {
      Stopwatch watch = Stopwatch.start();
      together(fleet.hosts().subList(0, hosts));
      return watch.millis();
    } finally {
      remove(fleet);
    }
  }

  private static void together(List<Engine> hosts) throws IOException {
    List<Future<?>> pulls = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Engine host : hosts) {
        pulls.add(
            executor.submit(
                () -> {
                  try (EngineApi api = EngineApi.of(host)) {
                    api.pull(IMAGE);
                  }
                  return null;
                }));
      }
    }
    for (Future<?> pull : pulls) {
      try {
        pull.get();
      } catch (ExecutionException e) {
        throw new IOException(String.valueOf(e.getCause()), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  /** From the whole fleet; none believes that another has it. */
  private static void remove(FleetUnderTest fleet) throws IOException {
    for (Engine host : fleet.hosts()) {
      try (EngineApi api = EngineApi.of(host)) {
        FleetUnderTest.await(
            host.name() + " has no such image",
            KNOWN_WITHIN,
            () -> {
              if (api.hasImage(IMAGE)) {
                api.removeImage(IMAGE);
              }
              return !api.hasImage(IMAGE);
            });
      }
    }
  }
}
