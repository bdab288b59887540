package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A client on the last host that sends a line each millisecond over one connection through the
 * overlay. It ends when an answer is not what it should be, and then says no more.
 */
final class Talk implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Lines of the client's until it surely talks as before; one covers a twelfth of a second. */
  private static final int AFTERWARDS = 3;

  private final EngineApi api;
  private final String id;

  private Talk(EngineApi api, String id) {
    this.api = api;
    this.id = id;
  }

  /** What may take some time. */
  interface Action {
    void run() throws IOException;
  }

  static Talk start(FleetUnderTest fleet, String address) throws IOException {
    EngineApi api = EngineApi.of(fleet.first());
    Talk talk =
        new Talk(api, Traveller.create(api, fleet.last(), Scripts.TALK.command(address), Map.of()));
    try {
      api.start(talk.id);
      talk.await(AFTERWARDS);
      return talk;
    } catch (IOException e) {
      talk.close();
      throw e;
    }
  }

  /** The longest time without an answer while that is done, in milliseconds. */
  double longestGap(Action action) throws IOException {
    int before = gaps().size();
    action.run();
    await(gaps().size() + AFTERWARDS);
    return gaps().stream().skip(before).mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  private void await(int lines) throws IOException {
    FleetUnderTest.await("the client is answered", PATIENCE, () -> gaps().size() >= lines);
  }

  private List<Double> gaps() throws IOException {
    return Scripts.measured(api.logs(id), "gap");
  }

  @Override
  public void close() throws IOException {
    try (api) {
      api.remove(id);
    }
  }
}
