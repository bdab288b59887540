package dev.flota.lab.bench;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the figures were measured on.
 *
 * @param load the machine's load average when the benchmark began
 * @param docker the version of Docker's engine, unless it was left out
 */
record Surroundings(
    Instant began,
    String kernel,
    int processors,
    double load,
    Optional<String> docker,
    Optional<String> flota) {

  static Surroundings look(List<Engine> engines) throws IOException {
    Map<String, String> versions = new LinkedHashMap<>();
    for (Engine engine : engines) {
      try (EngineApi api = EngineApi.of(engine)) {
        versions.put(engine.name(), api.version());
      }
    }
    return new Surroundings(
        Instant.now(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        Runtime.getRuntime().availableProcessors(),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
        Optional.ofNullable(versions.get(Engine.DOCKER)),
        Optional.ofNullable(versions.get(Engine.FLOTA)));
  }

  /** The same with another version of Flota. */
  Surroundings withFlota(Optional<String> version) {
    return new Surroundings(began, kernel, processors, load, docker, version);
  }

  /** Others at work make all times longer; ratios hold better. */
  boolean isBusy() {
    return load > processors / 2.0;
  }

  String describe() {
    return String.format(
        Locale.ROOT,
        "%s%s; %s, %d processors, load %.1f at the beginning%s",
        docker.map(version -> "Docker " + version + ", ").orElse(""),
        flota.map(version -> "Flota " + version).orElse("without Flota"),
        kernel,
        processors,
        load,
        isBusy() ? " (busy: trust ratios more than times)" : "");
  }

  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("began", began.toString());
    json.put("kernel", kernel);
    json.put("processors", processors);
    json.put("load", load);
    docker.ifPresent(version -> json.put("docker", version));
    flota.ifPresent(version -> json.put("flota", version));
    return json;
  }
}
