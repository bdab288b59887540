package dev.flota.lab.bench.scenario;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.figure.Metric;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The whole life of a container that runs {@code true}: create, start, wait, remove. */
public final class Cycle implements Scenario {
  private final String key;
  private final String network;
  private final Metric create;
  private final Metric start;
  private final Metric await;
  private final Metric remove;
  private final Metric total;

  private Cycle(String key, String network, String title, Metric total) {
    this.key = key;
    this.network = network;
    this.create = Metric.duration(title + ": create");
    this.start = Metric.duration(title + ": start");
    this.await = Metric.duration(title + ": wait");
    this.remove = Metric.duration(title + ": remove");
    this.total = total;
  }

  static Cycle onBridge() {
    Metric total = Metric.duration("cycle, bridge: all four").atMostOfDocker(1.0 / 3);
    return new Cycle("cycle", "bridge", "cycle, bridge", total);
  }

  static Cycle withoutNetwork() {
    Metric total = Metric.duration("cycle, no network: all four");
    return new Cycle("cycle-none", "none", "cycle, no network", total);
  }

  @Override
  public String key() {
    return key;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(create, start, await, remove, total);
  }

  @Override
  public Pace pace(Pace wished) {
    return wished;
  }

  @Override
  public Session open(Engine engine) {
    return new CycleSession(new Crowd(engine), EngineApi.of(engine));
  }

  private final class CycleSession implements Session {
    private final Crowd crowd;
    private final EngineApi api;

    private CycleSession(Crowd crowd, EngineApi api) {
      this.crowd = crowd;
      this.api = api;
    }

    @Override
    public void prepare() throws IOException {
      crowd.prepare();
    }

    @Override
    public Map<Metric, Double> round() throws IOException {
      Phases phases = Phases.begin();
      String container = api.create(Crowd.IMAGE, network, "true");
      phases.end(create);
      api.start(container);
      phases.end(start);
      api.awaitSuccess(container);
      phases.end(await);
      api.remove(container);
      phases.end(remove);
      return phases.total(total);
    }

    @Override
    public void close() throws IOException {
      api.close();
      crowd.removeAll();
    }
  }
}
