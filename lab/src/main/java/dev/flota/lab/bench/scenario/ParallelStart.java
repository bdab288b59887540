package dev.flota.lab.bench.scenario;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.figure.Metric;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Many containers on the bridge started at the same moment, until the last one runs. */
public final class ParallelStart implements Scenario {
  private static final int COUNT = 50;
  private static final Metric TOTAL =
      Metric.duration(COUNT + " started in parallel").atMostOfDocker(0.5);

  @Override
  public String key() {
    return "parallel";
  }

  @Override
  public List<Metric> metrics() {
    return List.of(TOTAL);
  }

  @Override
  public Pace pace(Pace wished) {
    return wished.atMost(1, 3);
  }

  @Override
  public Session open(Engine engine) {
    return new ParallelSession(new Crowd(engine));
  }

  private record ParallelSession(Crowd crowd) implements Session {
    @Override
    public void prepare() throws IOException {
      crowd.prepare();
    }

    @Override
    public Map<Metric, Double> round() throws IOException {
      List<String> containers = crowd.create(COUNT);
      Phases phases = Phases.begin();
      crowd.startTogether(containers);
      phases.end(TOTAL);
      crowd.expectRunning(COUNT);
      crowd.removeAll();
      return phases.durations();
    }

    @Override
    public void close() throws IOException {
      crowd.removeAll();
    }
  }
}
