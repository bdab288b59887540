package dev.flota.cluster.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.json.Json;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig;
import dev.flota.engine.spec.RunState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Changes for tests. */
public final class LedgerSamples {
  public static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");
  public static final String BRIDGE_ID = "b".repeat(64);

  private LedgerSamples() {}

  public static Change.FoundCluster found() {
    return new Change.FoundCluster("fleet", List.of(bridge()));
  }

  public static String hostId(int number) {
    return Integer.toString(number).repeat(64).substring(0, 64);
  }

  public static Change.AddHost host(int number) {
    return new Change.AddHost(
        new HostEntry(
            hostId(number),
            "host-" + number,
            "10.0.0." + number,
            "fingerprint-" + number,
            Map.of("disk", "ssd"),
            HostEntry.Availability.ACTIVE));
  }

  public static Change.CreateContainer container(String id, String name, int host) {
    return new Change.CreateContainer(
        id, name, hostId(host), record(name), List.of(AddressWish.any(BRIDGE_ID)));
  }

  /** A container that exists may be taken over from now on. */
  public static Change.UpdateContainer promise(ContainerEntry container) {
    return new Change.UpdateContainer(
        container.id(), container.epoch(), container.record().withEpoch(container.epoch()));
  }

  public static NetworkDefinition bridge() {
    return new NetworkDefinition(
        BRIDGE_ID,
        "bridge",
        NOW,
        "bridge",
        "172.17.0.0/16",
        true,
        "172.17.0.1",
        null,
        Map.of(),
        false,
        false,
        Map.of("com.docker.network.bridge.name", "flota0"),
        Map.of(),
        4096);
  }

  public static Change.CreateNetwork network(String id, String name) {
    return network(id, name, null, null, null, List.of());
  }

  public static Change.CreateNetwork network(
      String id,
      String name,
      @Nullable String subnet,
      @Nullable String gateway,
      @Nullable String ipRange,
      List<String> avoid) {
    return new Change.CreateNetwork(
        new NetworkDefinition(
            id,
            name,
            NOW,
            "bridge",
            subnet,
            subnet != null,
            gateway,
            ipRange,
            Map.of(),
            false,
            true,
            Map.of("com.docker.network.bridge.name", id),
            Map.of(),
            0),
        avoid);
  }

  private static final ContainerRecord RECORD = parse();

  public static ContainerRecord record(String name) {
    return RECORD.withName(name);
  }

  public static ContainerRecord record(String id, String name) {
    return new ContainerRecord(
        RECORD.schemaVersion(),
        RECORD.epoch(),
        id,
        name,
        RECORD.created(),
        RECORD.image(),
        RECORD.imageId(),
        RECORD.imageDigest(),
        RECORD.config(),
        RECORD.hostConfig(),
        RECORD.networkingConfig(),
        RECORD.runtime(),
        RECORD.wanted(),
        RECORD.state(),
        RECORD.endpoints(),
        RECORD.mounts(),
        RECORD.logs(),
        RECORD.exits(),
        RECORD.restartCount());
  }

  private static ContainerRecord parse() {
    try {
      return new ContainerRecord(
          ContainerRecord.SCHEMA_VERSION,
          0,
          "c".repeat(64),
          "container",
          NOW,
          "alpine",
          "sha256:" + "0".repeat(64),
          null,
          Json.DOCKER.readValue(
              "{\"Cmd\":[\"ls\"],\"Labels\":{\"a\":\"b\"},\"ExposedPorts\":{\"80/tcp\":{}}}",
              ContainerConfig.class),
          Json.DOCKER.readValue(
              "{\"Memory\":10485760,\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"8080\"}]}}",
              HostConfig.class),
          new NetworkingConfig(null),
          "crun",
          ContainerRecord.Wanted.CREATED,
          RunState.created(),
          List.of(
              new EndpointRecord(
                  "bridge", BRIDGE_ID, "e".repeat(64), null, 0, null, null, List.of(), Map.of())),
          List.of(),
          List.of(new ContainerRecord.LogSegment(1, "host-1", "container.log")),
          List.of(),
          0);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
