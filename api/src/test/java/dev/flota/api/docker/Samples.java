package dev.flota.api.docker;

import dev.flota.engine.image.Image;
import dev.flota.engine.image.ImageConfig;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.ContainerRecord.Wanted;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.MountPoint;
import dev.flota.engine.spec.NetworkingConfig;
import dev.flota.engine.spec.RunState;
import dev.flota.engine.spec.RunState.Status;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Containers and images for tests. */
public final class Samples {
  /** A fixed moment. */
  public static final Instant NOW = Instant.parse("2026-11-24T12:00:00.123456789Z");

  /** The id of {@link #image()}. */
  public static final String IMAGE_ID = "sha256:" + "ab".repeat(32);

  private Samples() {}

  /** A web server that runs, published on port 8080, with one volume. */
  public static ContainerRecord running(String id, String name) {
    return container(
        id, name, new RunState(Status.RUNNING, 4711, 0, false, "", NOW.minusSeconds(300), null));
  }

  /** The same in another state. */
  public static ContainerRecord container(String id, String name, RunState state) {
    return new ContainerRecord(
        ContainerRecord.SCHEMA_VERSION,
        0,
        id.repeat(64).substring(0, 64),
        name,
        NOW.minusSeconds(600),
        "nginx",
        IMAGE_ID,
        null,
        config(),
        hostConfig(),
        new NetworkingConfig(null),
        "crun",
        Wanted.RUNNING,
        state,
        List.of(
            new EndpointRecord(
                "bridge",
                "b".repeat(64),
                "e".repeat(64),
                "172.17.0.2",
                16,
                "172.17.0.1",
                "02:42:ac:11:00:02",
                List.of(),
                Map.of("80/tcp", List.of(new EndpointRecord.Published("0.0.0.0", 8080))))),
        List.of(
            new MountPoint(
                "volume",
                "data",
                "/var/lib/flota/volumes/data/_data",
                "/data",
                "local",
                "z",
                true,
                "")),
        List.of(new ContainerRecord.LogSegment(0, "host-1", "container.log")),
        List.of(),
        0);
  }

  private static ContainerConfig config() {
    return Json.DOCKER.convertValue(
        Map.of(
            "Hostname", "web",
            "Image", "nginx",
            "Entrypoint", List.of("/entrypoint.sh"),
            "Cmd", List.of("nginx", "-g", "daemon off;"),
            "Env", List.of("PATH=/bin"),
            "ExposedPorts", Map.of("80/tcp", Map.of(), "443/tcp", Map.of()),
            "Labels", Map.of("stage", "test", "team", "a")),
        ContainerConfig.class);
  }

  private static HostConfig hostConfig() {
    return Json.DOCKER.convertValue(
        Map.of(
            "NetworkMode", "bridge",
            "PortBindings", Map.of("80/tcp", List.of(Map.of("HostPort", "8080"))),
            "RestartPolicy", Map.of("Name", "no"),
            "LogConfig", Map.of("Type", "json-file", "Config", Map.of()),
            "ShmSize", 67108864),
        HostConfig.class);
  }

  /** An image with a name. */
  public static Image image() {
    return image(IMAGE_ID, NOW.minusSeconds(86_400), "nginx:latest");
  }

  /** Any image. */
  public static Image image(String id, @Nullable Instant created, String... tags) {
    return new Image(
        id,
        new ImageConfig(
            created,
            null,
            "amd64",
            "linux",
            null,
            config(),
            new ImageConfig.RootFs("layers", List.of("sha256:" + "cd".repeat(32))),
            null),
        List.of(tags),
        java.util.Arrays.stream(tags)
            .map(tag -> tag.substring(0, tag.lastIndexOf(':')) + "@sha256:" + "ef".repeat(32))
            .toList(),
        187_000_000,
        -1,
        null);
  }
}
