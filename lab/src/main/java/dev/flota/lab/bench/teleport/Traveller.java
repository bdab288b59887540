package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.engine.HttpAnswer;
import dev.flota.lab.bench.engine.UnexpectedAnswerException;
import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A container that moves between the first two hosts. */
final class Traveller implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int NOT_IMPLEMENTED = 501;
  private static final long MEGABYTE = 1_000_000;

  private final EngineApi api;
  private final List<Engine> hosts;
  private final String id;
  private int at;

  private Traveller(EngineApi api, List<Engine> hosts, String id) {
    this.api = api;
    this.hosts = hosts;
    this.id = id;
  }

  /** Runs on the first host, with so much memory. */
  static Traveller start(FleetUnderTest fleet, MemorySize size) throws IOException {
    EngineApi api = EngineApi.of(fleet.first());
    List<String> command = Scripts.PROGRAM.command(Integer.toString(size.megabytes()));
    return started(fleet, api, create(api, fleet.first(), command, Map.of()));
  }

  /** The same, with its memory in a file of {@code /dev/shm}. */
  static Traveller startShared(FleetUnderTest fleet, MemorySize size) throws IOException {
    EngineApi api = EngineApi.of(fleet.first());
    List<String> command = Scripts.PROGRAM.command(Integer.toString(size.megabytes()), "/dev/shm");
    Map<String, Object> room = Map.of("ShmSize", size.megabytes() * 2L * MEGABYTE);
    return started(fleet, api, create(api, fleet.first(), command, room));
  }

  private static Traveller started(FleetUnderTest fleet, EngineApi api, String id)
      throws IOException {
    Traveller traveller = new Traveller(api, fleet.hosts().subList(0, 2), id);
    try {
      api.start(traveller.id);
      FleetUnderTest.await(
          "the container is ready", PATIENCE, () -> api.logs(traveller.id).contains("ready"));
      return traveller;
    } catch (IOException e) {
      traveller.close();
      throw e;
    }
  }

  /**
   * Of the image that all are made of, on that host.
   *
   * @param hostConfig as the API has it
   */
  static String create(
      EngineApi api, Engine host, List<String> command, Map<String, Object> hostConfig)
      throws IOException {
    return api.create(
        Map.of(
            "Image",
            TeleportScenarios.IMAGE,
            "Cmd",
            command,
            "HostConfig",
            hostConfig,
            "Env",
            List.of("constraint:node==" + host.name())));
  }

  /** In the fleet's network. */
  String address() throws IOException {
    String address =
        api.read("/containers/" + id + "/json").findPath("Networks").findPath("IPAddress").asText();
    if (address.isEmpty()) {
      throw new UnexpectedAnswerException("the container has no address");
    }
    return address;
  }

  /** To the other host; empty when that daemon does not know the mode. */
  Optional<Move> move(Mode mode) throws IOException {
    String to = hosts.get(1 - at).name();
    Move.Lines lines = new Move.Lines();
    HttpAnswer answer =
        api.follow(
            "/containers/%s/teleport?host=%s&mode=%s".formatted(id, to, mode.text()),
            line -> lines.take(line, System.nanoTime()));
    if (answer.status() == NOT_IMPLEMENTED) {
      return Optional.empty();
    }
    if (answer.status() != 200) {
      throw new UnexpectedAnswerException("a container may not move: " + answer.text().strip());
    }
    Move move = lines.move();
    at = 1 - at;
    FleetUnderTest.await("it is known to have moved", PATIENCE, () -> node().equals(to));
    return Optional.of(move);
  }

  private String node() throws IOException {
    return api.read("/containers/" + id + "/json").path("Node").path("Name").asText();
  }

  /** How often its program has noticed that it did not run. */
  int stills() throws IOException {
    return stillness().size();
  }

  /** The longest time without running that its program has noticed since, in milliseconds. */
  double longestStill(int before) throws IOException {
    FleetUnderTest.await("its program notices it", PATIENCE, () -> stills() > before);
    return stillness().stream().skip(before).mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  private List<Double> stillness() throws IOException {
    return Scripts.measured(api.logs(id), "still");
  }

  @Override
  public void close() throws IOException {
    try (api) {
      api.remove(id);
    }
  }
}
