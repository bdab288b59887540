package dev.flota.lab.bench.scenario;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.engine.UnexpectedAnswerException;
import dev.flota.lab.bench.figure.Metric;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** {@code docker ps -a} with many containers, created and not started. */
public final class Listing implements Scenario {
  private static final int COUNT = 500;
  private static final Metric LIST = Metric.duration("list of " + COUNT + " containers").atMost(20);

  @Override
  public String key() {
    return "list";
  }

  @Override
  public List<Metric> metrics() {
    return List.of(LIST);
  }

  @Override
  public Pace pace(Pace wished) {
    return wished;
  }

  @Override
  public Session open(Engine engine) {
    return new ListSession(new Crowd(engine), EngineApi.of(engine));
  }

  private record ListSession(Crowd crowd, EngineApi api) implements Session {
    @Override
    public void prepare() throws IOException {
      crowd.prepare();
      crowd.create(COUNT);
    }

    @Override
    public Map<Metric, Double> round() throws IOException {
      Phases phases = Phases.begin();
      int count = api.countAll();
      phases.end(LIST);
      if (count < COUNT) {
        throw new UnexpectedAnswerException(
            "%s lists %d containers instead of %d".formatted(crowd.engine().name(), count, COUNT));
      }
      return phases.durations();
    }

    @Override
    public void close() throws IOException {
      api.close();
      crowd.removeAll();
    }
  }
}
