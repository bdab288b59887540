package dev.flota.engine.network;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig;
import dev.flota.engine.spec.RunState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Containers and settings for tests, from the JSON that a client would send. */
final class Samples {
  private static final int ID_BYTES = 32;

  private Samples() {}

  static EngineSettings settings(Path directory) {
    return settings(directory, "10.9.0.0/16", "10.9.0.1");
  }

  static EngineSettings settings(Path directory, String subnet, String gateway) {
    return new EngineSettings(
        directory.resolve("lib"),
        directory.resolve("run"),
        "node",
        "crun",
        Map.of(),
        Path.of("/usr/bin/conmon"),
        Path.of("/usr/bin/tini"),
        "/flota",
        new EngineSettings.Bridge("flota0", subnet, gateway, 1450),
        new EngineSettings.Registry(List.of(), List.of(), directory, 3, 5, 60));
  }

  static HostConfig hostConfig(String json) {
    return read(json, HostConfig.class);
  }

  static ContainerConfig config(String json) {
    return read(json, ContainerConfig.class);
  }

  static NetworkingConfig networking(String json) {
    return read(json, NetworkingConfig.class);
  }

  private static <T> T read(String json, Class<T> type) {
    try {
      return Json.DOCKER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(json, e);
    }
  }

  static ContainerRecord container(
      String name, String config, String hostConfig, List<EndpointRecord> endpoints) {
    return new ContainerRecord(
        ContainerRecord.SCHEMA_VERSION,
        1,
        id(name),
        name,
        Instant.EPOCH,
        "busybox",
        "sha256:0",
        null,
        config(config),
        hostConfig(hostConfig),
        networking("{}"),
        "crun",
        ContainerRecord.Wanted.CREATED,
        RunState.created(),
        endpoints,
        List.of(),
        List.of(),
        List.of(),
        0);
  }

  /** The same while it runs. */
  static ContainerRecord running(ContainerRecord container) {
    return container.withState(
        new RunState(RunState.Status.RUNNING, 1, 0, false, "", Instant.EPOCH, null));
  }

  static String id(String name) {
    return HexFormat.of().formatHex(Arrays.copyOf(name.getBytes(StandardCharsets.UTF_8), ID_BYTES));
  }
}
