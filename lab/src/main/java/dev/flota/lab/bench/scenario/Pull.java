package dev.flota.lab.bench.scenario;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.figure.Metric;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** A large image pulled and unpacked. */
public final class Pull implements Scenario {
  /** What {@code lab image big} publishes: 150 MB that hardly compress. */
  private static final String IMAGE = "big";

  private static final Metric PULL = Metric.duration("pull and unpack 150 MB").atMostOfDocker(1);

  @Override
  public String key() {
    return "pull";
  }

  @Override
  public List<Metric> metrics() {
    return List.of(PULL);
  }

  @Override
  public Pace pace(Pace wished) {
    return wished.atMost(1, 3);
  }

  @Override
  public Session open(Engine engine) {
    return new PullSession(EngineApi.of(engine));
  }

  private record PullSession(EngineApi api) implements Session {
    @Override
    public void prepare() {
      // Each round begins by removing the image, so the first does too.
    }

    @Override
    public Map<Metric, Double> round() throws IOException {
      removeImage();
      Phases phases = Phases.begin();
      api.pull(IMAGE);
      phases.end(PULL);
      return phases.durations();
    }

    private void removeImage() throws IOException {
      if (api.hasImage(IMAGE)) {
        api.removeImage(IMAGE);
      }
    }

    @Override
    public void close() throws IOException {
      try (api) {
        removeImage();
      }
    }
  }
}
