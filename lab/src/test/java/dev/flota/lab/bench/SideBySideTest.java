package dev.flota.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.scenario.Pace;
import dev.flota.lab.bench.scenario.Scenario.Session;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SideBySideTest {
  private static final Metric METRIC = Metric.duration("something");

  private final Engine docker = Engine.docker(Path.of("docker.sock"), 1);
  private final Engine flota = Engine.flota(Path.of("flota.sock"), 2);
  private final List<String> history = new ArrayList<>();

  @Test
  void enginesTakeTurnsAndWhoGoesFirstChanges() throws InterruptedException {
    run(new Pace(1, 2), (engine, turn) -> 1);

    assertThat(history)
        .containsExactly(
            "prepare Docker", "prepare Flota",
            "Flota", "Docker",
            "Docker", "Flota",
            "Flota", "Docker",
            "close Docker", "close Flota");
  }

  @Test
  void warmUpsDoNotCount() throws InterruptedException {
    Outcome outcome = run(new Pace(2, 3), (engine, turn) -> turn);

    Comparison comparison = outcome.comparisons().getFirst();
    assertThat(comparison.flota().orElseThrow().values()).containsExactly(2.0, 3.0, 4.0);
    assertThat(comparison.other().orElseThrow().values()).containsExactly(2.0, 3.0, 4.0);
  }

  @Test
  void anEngineThatFailsIsLeftOutAndClosedWhileTheOtherGoesOn() throws InterruptedException {
    Outcome outcome =
        run(
            new Pace(0, 3),
            (engine, turn) -> {
              if (engine.equals(flota) && turn == 1) {
                throw new IOException("connection refused");
              }
              return turn;
            });

    assertThat(outcome.failures()).containsExactly("Flota: connection refused");
    assertThat(history.stream().filter("Flota"::equals)).hasSize(2);
    assertThat(history.stream().filter("Docker"::equals)).hasSize(3);
    assertThat(history).endsWith("close Docker", "close Flota");
  }

  private Outcome run(Pace pace, Round round) throws InterruptedException {
    return new SideBySide(List.of(docker, flota), pace, Duration.ZERO)
        .run(List.of(METRIC), pace, engine -> new FakeSession(engine, round));
  }

  private interface Round {
    double play(Engine engine, int turn) throws IOException;
  }

  private final class FakeSession implements Session {
    private final Engine engine;
    private final Round round;
    private int turn;

    private FakeSession(Engine engine, Round round) {
      this.engine = engine;
      this.round = round;
    }

    @Override
    public void prepare() {
      history.add("prepare " + engine.name());
    }

    @Override
    public Map<Metric, Double> round() throws IOException {
      history.add(engine.name());
      return Map.of(METRIC, round.play(engine, turn++));
    }

    @Override
    public void close() {
      history.add("close " + engine.name());
    }
  }
}
