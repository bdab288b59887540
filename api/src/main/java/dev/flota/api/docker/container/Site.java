package dev.flota.api.docker.container;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.membership.HostState;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a container is, in a fleet.
 *
 * @param host the host that has it
 * @param state whether that host can be reached
 */
public record Site(HostStatus host, HostState state) {
  /** A label that no container has and all show: {@code ps --format '{{.Label "flota.node"}}'}. */
  static final String LABEL = "flota.node";

  /** Of a container; {@code null} on a host that stands alone. */
  public static @Nullable Site of(Directory directory, String containerId) {
    return directory
        .hostOf(containerId)
        .flatMap(directory::host)
        .map(host -> new Site(host, directory.state(host.hostId())))
        .orElse(null);
  }

  /** Whether {@code --filter node=…} means it. */
  boolean isMeantBy(String wanted) {
    return host.name().equals(wanted) || host.hostId().startsWith(wanted);
  }

  /** {@code Node} of an inspect, as classic Swarm had it. */
  void write(JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("Node");
    json.writeStringField("ID", host.hostId());
    json.writeStringField("IP", host.address());
    json.writeStringField("Addr", host.address() + ":" + host.peerPort());
    json.writeStringField("Name", host.name());
    json.writeNumberField("Cpus", (int) host.resources().cpus());
    json.writeNumberField("Memory", host.resources().memory());
    json.writeObjectFieldStart("Labels");
    for (Map.Entry<String, String> label : host.labels().entrySet()) {
      json.writeStringField(label.getKey(), label.getValue());
    }
    json.writeEndObject();
    json.writeEndObject();
  }
}
