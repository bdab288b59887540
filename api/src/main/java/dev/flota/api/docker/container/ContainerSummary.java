package dev.flota.api.docker.container;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord.Published;
import dev.flota.engine.spec.MountPoint;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One line of {@code docker ps}: {@code ContainerSummary} of the Docker Engine API v1.50. */
public final class ContainerSummary {
  private ContainerSummary() {}

  /**
   * Writes it.
   *
   * @param writable bytes of the writable layer, null when sizes are not asked for
   * @param site where it is, null on a host that stands alone
   */
  public static void write(
      JsonGenerator json,
      ContainerRecord container,
      ImageNames images,
      @Nullable Long writable,
      @Nullable Site site,
      Instant now)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("Id", container.id());
    json.writeArrayFieldStart("Names");
    json.writeString("/" + container.name());
    json.writeEndArray();
    json.writeStringField("Image", images.shownFor(container));
    json.writeStringField("ImageID", container.imageId());
    json.writeStringField("Command", CommandLine.of(container.config()).toString());
    json.writeNumberField("Created", container.created().getEpochSecond());
    ports(json, container);
    if (writable != null) {
      json.writeNumberField("SizeRw", writable);
      json.writeNumberField("SizeRootFs", writable + images.size(container.imageId()));
    }
    labels(json, container.config().labels(), site);
    json.writeStringField("State", container.state().status().dockerName());
    json.writeStringField("Status", StatusText.of(container.state(), site, now));
    json.writeObjectFieldStart("HostConfig");
    json.writeStringField("NetworkMode", container.hostConfig().network());
    json.writeEndObject();
    json.writeObjectFieldStart("NetworkSettings");
    EndpointJson.networks(json, container, false);
    json.writeEndObject();
    mounts(json, container.mounts());
    json.writeEndObject();
  }

  private static void ports(JsonGenerator json, ContainerRecord container) throws IOException {
    json.writeArrayFieldStart("Ports");
    for (Map.Entry<String, List<Published>> port : Ports.inForce(container).entrySet()) {
      if (port.getValue().isEmpty()) {
        port(json, port.getKey(), null);
      }
      for (Published published : port.getValue()) {
        port(json, port.getKey(), published);
      }
    }
    json.writeEndArray();
  }

  private static void port(JsonGenerator json, String port, @Nullable Published published)
      throws IOException {
    json.writeStartObject();
    if (published != null) {
      json.writeStringField("IP", published.hostIp());
    }
    json.writeNumberField("PrivatePort", Ports.number(port));
    if (published != null) {
      json.writeNumberField("PublicPort", published.hostPort());
    }
    json.writeStringField("Type", Ports.protocol(port));
    json.writeEndObject();
  }

  private static void labels(
      JsonGenerator json, @Nullable Map<String, String> labels, @Nullable Site site)
      throws IOException {
    json.writeObjectFieldStart("Labels");
    if (site != null) {
      json.writeStringField(Site.LABEL, site.host().name());
    }
    if (labels != null) {
      for (Map.Entry<String, String> label : labels.entrySet()) {
        json.writeStringField(label.getKey(), label.getValue());
      }
    }
    json.writeEndObject();
  }

  static void mounts(JsonGenerator json, List<MountPoint> mounts) throws IOException {
    json.writeArrayFieldStart("Mounts");
    for (MountPoint mount : mounts) {
      json.writeStartObject();
      json.writeStringField("Type", mount.type());
      if (mount.name() != null) {
        json.writeStringField("Name", mount.name());
      }
      json.writeStringField("Source", mount.source());
      json.writeStringField("Destination", mount.destination());
      if (mount.driver() != null) {
        json.writeStringField("Driver", mount.driver());
      }
      json.writeStringField("Mode", mount.mode());
      json.writeBooleanField("RW", mount.writable());
      json.writeStringField("Propagation", mount.propagation());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
