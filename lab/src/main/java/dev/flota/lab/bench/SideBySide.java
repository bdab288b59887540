package dev.flota.lab.bench;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import dev.flota.lab.bench.scenario.Pace;
import dev.flota.lab.bench.scenario.Scenario;
import dev.flota.lab.bench.scenario.Scenario.Session;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Takes the engines through a scenario in turns: one round each, and who goes first changes with
 * every round, so that whatever else the machine does meets both alike. An engine that fails is
 * left out of the rest of that scenario.
 */
final class SideBySide {
  private final List<Engine> engines;
  private final Pace wished;
  private final Duration pause;

  /**
   * @param pause between turns: what one engine leaves the kernel to clean up is not the other's
   *     burden
   */
  SideBySide(List<Engine> engines, Pace wished, Duration pause) {
    this.engines = List.copyOf(engines);
    this.wished = wished;
    this.pause = pause;
  }

  Outcome run(Scenario scenario) throws InterruptedException {
    return run(scenario.metrics(), scenario.pace(wished), scenario::open);
  }

  Outcome run(List<Metric> metrics, Pace pace, Function<Engine, Session> opener)
      throws InterruptedException {
    List<Contestant> contestants =
        engines.stream().map(engine -> new Contestant(engine, opener.apply(engine))).toList();
    try {
      contestants.forEach(Contestant::prepare);
      for (int round = -pace.warmUps(); round < pace.rounds(); round++) {
        playRound(contestants, round);
      }
    } finally {
      contestants.forEach(Contestant::close);
    }
    return new Outcome(
        metrics.stream().map(metric -> comparison(metric, contestants)).toList(),
        contestants.stream().flatMap(contestant -> contestant.failures.stream()).toList());
  }

  /** Negative rounds are to warm up. */
  private void playRound(List<Contestant> contestants, int round) throws InterruptedException {
    List<Contestant> order = round % 2 == 0 ? contestants : contestants.reversed();
    for (Contestant contestant : order) {
      Thread.sleep(pause);
      contestant.play(round >= 0);
    }
  }

  private static Comparison comparison(Metric metric, List<Contestant> contestants) {
    return new Comparison(
        metric,
        samples(Engine.DOCKER, metric, contestants),
        samples(Engine.FLOTA, metric, contestants));
  }

  private static Optional<Samples> samples(
      String engine, Metric metric, List<Contestant> contestants) {
    return contestants.stream()
        .filter(contestant -> contestant.engine.name().equals(engine))
        .map(contestant -> contestant.values.getOrDefault(metric, List.of()))
        .filter(values -> !values.isEmpty())
        .map(Samples::new)
        .findFirst();
  }

  /** An engine in one scenario, with what it has shown so far. */
  private static final class Contestant {
    private final Engine engine;
    private final Session session;
    private final Map<Metric, List<Double>> values = new HashMap<>();
    private final List<String> failures = new ArrayList<>();

    private Contestant(Engine engine, Session session) {
      this.engine = engine;
      this.session = session;
    }

    private void prepare() {
      attempt(session::prepare);
    }

    private void play(boolean counts) {
      if (!failures.isEmpty()) {
        return;
      }
      attempt(
          () -> {
            Map<Metric, Double> round = session.round();
            if (counts) {
              round.forEach(
                  (metric, value) ->
                      values.computeIfAbsent(metric, _ -> new ArrayList<>()).add(value));
            }
          });
    }

    private void close() {
      attempt(session::close);
    }

    private void attempt(Attempt attempt) {
      try {
        attempt.make();
      } catch (IOException e) {
        failures.add(engine.name() + ": " + e.getMessage());
      }
    }
  }

  private interface Attempt {
    void make() throws IOException;
  }
}
