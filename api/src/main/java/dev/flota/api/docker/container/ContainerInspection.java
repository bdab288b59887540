package dev.flota.api.docker.container;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.api.docker.Rfc3339;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord.Published;
import dev.flota.engine.spec.RunState;
import dev.flota.engine.spec.RunState.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All there is to know of one container: {@code ContainerInspectResponse} of the Docker Engine API
 * v1.50.
 *
 * @param directory where the container's files are
 * @param execs ids of its running execs
 * @param sizes null when not asked for
 * @param site where it is, null on a host that stands alone
 */
record ContainerInspection(
    ContainerRecord container,
    Path directory,
    List<String> execs,
    @Nullable Sizes sizes,
    @Nullable Site site) {

  /** Bytes of the writable layer and of all that the container sees. */
  record Sizes(long writable, long root) {}

  void write(JsonGenerator json) throws IOException {
    CommandLine command = CommandLine.of(container.config());
    json.writeStartObject();
    json.writeStringField("Id", container.id());
    json.writeStringField("Created", Rfc3339.format(container.created()));
    json.writeStringField("Path", command.path());
    json.writePOJOField("Args", command.arguments());
    state(json, container.state());
    json.writeStringField("Image", container.imageId());
    json.writeStringField("ResolvConfPath", file("resolv.conf"));
    json.writeStringField("HostnamePath", file("hostname"));
    json.writeStringField("HostsPath", file("hosts"));
    json.writeStringField("LogPath", logPath());
    json.writeStringField("Name", "/" + container.name());
    json.writeNumberField("RestartCount", container.restartCount());
    json.writeStringField("Driver", "overlay2");
    json.writeStringField("Platform", "linux");
    json.writeStringField("MountLabel", "");
    json.writeStringField("ProcessLabel", "");
    json.writeStringField("AppArmorProfile", "");
    json.writePOJOField("ExecIDs", execs.isEmpty() ? null : execs);
    json.writePOJOField("HostConfig", container.hostConfig());
    graphDriver(json);
    if (sizes != null) {
      json.writeNumberField("SizeRw", sizes.writable());
      json.writeNumberField("SizeRootFs", sizes.root());
    }
    ContainerSummary.mounts(json, container.mounts());
    json.writePOJOField("Config", container.config());
    networkSettings(json);
    if (site != null) {
      site.write(json);
    }
    json.writeEndObject();
  }

  private static void state(JsonGenerator json, RunState state) throws IOException {
    Status status = state.status();
    json.writeObjectFieldStart("State");
    json.writeStringField("Status", status.dockerName());
    json.writeBooleanField("Running", status.alive() || status == Status.RESTARTING);
    json.writeBooleanField("Paused", status == Status.PAUSED);
    json.writeBooleanField("Restarting", status == Status.RESTARTING);
    json.writeBooleanField("OOMKilled", state.oomKilled());
    json.writeBooleanField("Dead", status == Status.DEAD);
    json.writeNumberField("Pid", state.pid());
    json.writeNumberField("ExitCode", state.exitCode());
    json.writeStringField("Error", state.error());
    json.writeStringField("StartedAt", Rfc3339.format(state.startedAt()));
    json.writeStringField("FinishedAt", Rfc3339.format(state.finishedAt()));
    json.writeEndObject();
  }

  private String file(String name) {
    return container.state().startedAt() == null ? "" : directory.resolve(name).toString();
  }

  private String logPath() {
    return container.logs().isEmpty()
        ? ""
        : directory.resolve(container.logs().getLast().path()).toString();
  }

  private void graphDriver(JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("GraphDriver");
    json.writeObjectFieldStart("Data");
    json.writeStringField("ID", container.id());
    json.writeStringField("MergedDir", directory.resolve("merged").toString());
    json.writeStringField("UpperDir", directory.resolve("upper").toString());
    json.writeStringField("WorkDir", directory.resolve("work").toString());
    json.writeEndObject();
    json.writeStringField("Name", "overlay2");
    json.writeEndObject();
  }

  private void networkSettings(JsonGenerator json) throws IOException {
    boolean alive = container.state().status().alive();
    json.writeObjectFieldStart("NetworkSettings");
    json.writeStringField("Bridge", "");
    json.writeStringField("SandboxID", alive ? container.id() : "");
    json.writeStringField(
        "SandboxKey", alive ? "/proc/" + container.state().pid() + "/ns/net" : "");
    ports(json);
    json.writeBooleanField("HairpinMode", false);
    json.writeStringField("LinkLocalIPv6Address", "");
    json.writeNumberField("LinkLocalIPv6PrefixLen", 0);
    json.writeNullField("SecondaryIPAddresses");
    json.writeNullField("SecondaryIPv6Addresses");
    EndpointJson.defaultNetwork(json, container);
    EndpointJson.networks(json, container, true);
    json.writeEndObject();
  }

  private void ports(JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("Ports");
    for (Map.Entry<String, List<Published>> port : Ports.inForce(container).entrySet()) {
      if (port.getValue().isEmpty()) {
        json.writeNullField(port.getKey());
        continue;
      }
      json.writeArrayFieldStart(port.getKey());
      for (Published published : port.getValue()) {
        json.writeStartObject();
        json.writeStringField("HostIp", published.hostIp());
        json.writeStringField("HostPort", Integer.toString(published.hostPort()));
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    json.writeEndObject();
  }
}
