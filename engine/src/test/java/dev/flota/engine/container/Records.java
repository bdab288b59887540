package dev.flota.engine.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig;
import dev.flota.engine.spec.RunState;
import java.time.Instant;
import java.util.List;

/** Records for tests. */
final class Records {
  private Records() {}

  static ContainerRecord record(String id, String name) throws JsonProcessingException {
    return new ContainerRecord(
        ContainerRecord.SCHEMA_VERSION,
        0,
        id,
        name,
        Instant.parse("2026-11-24T10:00:00.123456789Z"),
        "alpine",
        "sha256:" + "0".repeat(64),
        null,
        Json.DOCKER.readValue("{\"Cmd\":[\"ls\"],\"Labels\":{\"a\":\"b\"}}", ContainerConfig.class),
        Json.DOCKER.readValue(
            "{\"Memory\":10485760,\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"8080\"}]}}",
            HostConfig.class),
        new NetworkingConfig(null),
        "crun",
        ContainerRecord.Wanted.RUNNING,
        RunState.created(),
        List.of(),
        List.of(),
        List.of(new ContainerRecord.LogSegment(0, "host-1", "container.log")),
        List.of(),
        0);
  }
}
