package dev.flota.lab.bench.scenario;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.figure.Metric;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** {@code docker exec CONTAINER true}: create, start attached to its end, exit code. */
public final class Exec implements Scenario {
  private static final Metric CREATE = Metric.duration("exec: create");
  private static final Metric RUN = Metric.duration("exec: start to end");
  private static final Metric INSPECT = Metric.duration("exec: exit code");
  private static final Metric TOTAL = Metric.duration("exec: all three").atMostOfDocker(0.5);

  @Override
  public String key() {
    return "exec";
  }

  @Override
  public List<Metric> metrics() {
    return List.of(CREATE, RUN, INSPECT, TOTAL);
  }

  @Override
  public Pace pace(Pace wished) {
    return wished;
  }

  @Override
  public Session open(Engine engine) {
    return new ExecSession(new Crowd(engine), EngineApi.of(engine));
  }

  private static final class ExecSession implements Session {
    private final Crowd crowd;
    private final EngineApi api;
    private String container = "";

    private ExecSession(Crowd crowd, EngineApi api) {
      this.crowd = crowd;
      this.api = api;
    }

    @Override
    public void prepare() throws IOException {
      crowd.prepare();
      List<String> containers = crowd.create(1);
      crowd.startTogether(containers);
      container = containers.getFirst();
    }

    @Override
    public Map<Metric, Double> round() throws IOException {
      Phases phases = Phases.begin();
      String exec = api.createExec(container, "true");
      phases.end(CREATE);
      api.runExec(exec);
      phases.end(RUN);
      api.checkExec(exec);
      phases.end(INSPECT);
      return phases.total(TOTAL);
    }

    @Override
    public void close() throws IOException {
      api.close();
      crowd.removeAll();
    }
  }
}
