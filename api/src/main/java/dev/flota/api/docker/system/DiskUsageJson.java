package dev.flota.api.docker.system;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.api.docker.ApiVersion;
import dev.flota.api.docker.container.ContainerSummary;
import dev.flota.api.docker.container.ImageNames;
import dev.flota.api.docker.image.ImageJson;
import dev.flota.api.docker.volume.VolumeRoutes;
import dev.flota.cluster.Fleet.Usage;
import dev.flota.engine.EngineException;
import dev.flota.engine.image.Image;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.volume.VolumeInfo;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * {@code SystemDataUsageResponse} of the Docker Engine API v1.50, for one host. That of a fleet is
 * those of all its hosts joined: an image counts on each host that has it, for it occupies that
 * much, and a prune frees it there when no container of that host needs it.
 *
 * @param types what is asked for: containers, images, volumes, the build cache
 * @param host its name in the fleet, none outside of one
 */
record DiskUsageJson(
    Set<String> types,
    Usage usage,
    List<ContainerRecord> containers,
    List<VolumeInfo> volumes,
    List<String> host,
    ApiVersion version) {
  private static final Set<String> TYPES = Set.of("build-cache", "container", "image", "volume");

  /**
   * The types a query names; none are all.
   *
   * @throws EngineException INVALID
   */
  static Set<String> types(List<String> named) {
    for (String type : named) {
      if (!TYPES.contains(type)) {
        throw EngineException.invalid("unknown object type: " + type);
      }
    }
    return named.isEmpty() ? TYPES : new HashSet<>(named);
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    if (types.contains("image")) {
      json.writeNumberField("LayersSize", usage.images().layersSize());
    }
    images(json);
    containers(json);
    volumes(json);
    json.writeFieldName("BuildCache");
    json.writePOJO(types.contains("build-cache") ? List.of() : null);
    if (!version.atLeast(42)) {
      json.writeNumberField("BuilderSize", 0);
    }
    json.writeEndObject();
  }

  private void images(JsonGenerator json) throws IOException {
    json.writeFieldName("Images");
    if (!types.contains("image")) {
      json.writeNull();
      return;
    }
    json.writeStartArray();
    for (Image image : usage.images().images()) {
      ImageJson.summary(json, image, usersOf(image), host, version);
    }
    json.writeEndArray();
  }

  private int usersOf(Image image) {
    return (int)
        containers.stream().filter(container -> container.imageId().equals(image.id())).count();
  }

  private void containers(JsonGenerator json) throws IOException {
    json.writeFieldName("Containers");
    if (!types.contains("container")) {
      json.writeNull();
      return;
    }
    ImageNames names = new ImageNames(usage.images().images());
    Instant now = Instant.now();
    json.writeStartArray();
    for (ContainerRecord container : containers) {
      long size = usage.containers().getOrDefault(container.id(), 0L);
      ContainerSummary.write(json, container, names, size, null, now);
    }
    json.writeEndArray();
  }

  private void volumes(JsonGenerator json) throws IOException {
    json.writeFieldName("Volumes");
    if (!types.contains("volume")) {
      json.writeNull();
      return;
    }
    json.writeStartArray();
    for (VolumeInfo volume : volumes) {
      long size = usage.volumes().getOrDefault(volume.name(), -1L);
      VolumeRoutes.write(json, volume, new VolumeRoutes.Usage(size, usersOf(volume)));
    }
    json.writeEndArray();
  }

  private int usersOf(VolumeInfo volume) {
    return (int)
        containers.stream()
            .filter(
                container ->
                    container.mounts().stream()
                        .anyMatch(mount -> volume.name().equals(mount.name())))
            .count();
  }
}
