package dev.flota.api.docker.image;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.api.docker.ApiVersion;
import dev.flota.api.docker.Rfc3339;
import dev.flota.engine.image.Image;
import dev.flota.engine.image.ImageConfig;
import dev.flota.engine.image.Removal;
import dev.flota.engine.spec.ContainerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Images as the Docker Engine API shows them. */
public final class ImageJson {
  /** A label that no image has and all in a fleet show in a list: the hosts that have it. */
  static final String NODES_LABEL = "flota.nodes";

  private ImageJson() {}

  /**
   * One line of {@code docker images}: {@code ImageSummary}.
   *
   * @param containers made from it, -1 when not counted
   * @param hosts names of those that have it; none on a host that stands alone
   */
  public static void summary(
      JsonGenerator json, Image image, int containers, List<String> hosts, ApiVersion version)
      throws IOException {
    json.writeStartObject();
    json.writeNumberField("Containers", containers);
    json.writeNumberField("Created", ImageFilter.created(image).getEpochSecond());
    json.writeStringField("Id", image.id());
    json.writePOJOField("Labels", labels(image, hosts));
    json.writeStringField("ParentId", "");
    names(json, image, version);
    json.writeNumberField("SharedSize", image.sharedSize());
    json.writeNumberField("Size", image.size());
    if (!version.atLeast(44)) {
      json.writeNumberField("VirtualSize", image.size());
    }
    json.writeEndObject();
  }

  private static @Nullable Map<String, String> labels(Image image, List<String> hosts) {
    ContainerConfig config = image.config().config();
    Map<String, String> labels = config == null ? null : config.labels();
    if (hosts.isEmpty()) {
      return labels;
    }
    Map<String, String> more = new TreeMap<>(labels == null ? Map.of() : labels);
    more.put(NODES_LABEL, String.join(",", hosts));
    return more;
  }

  /** Before API 1.43 an image without a name had a name that said so. */
  private static void names(JsonGenerator json, Image image, ApiVersion version)
      throws IOException {
    boolean sayNone =
        !version.atLeast(43) && image.tags().isEmpty() && image.repoDigests().isEmpty();
    json.writePOJOField("RepoDigests", sayNone ? List.of("<none>@<none>") : image.repoDigests());
    json.writePOJOField("RepoTags", sayNone ? List.of("<none>:<none>") : image.tags());
  }

  /**
   * All there is to know of an image: {@code ImageInspect}.
   *
   * @param layers directories of its layers, the lowest first
   */
  static void inspection(JsonGenerator json, Image image, List<Path> layers, ApiVersion version)
      throws IOException {
    ImageConfig config = image.config();
    json.writeStartObject();
    json.writeStringField("Id", image.id());
    json.writePOJOField("RepoTags", image.tags());
    json.writePOJOField("RepoDigests", image.repoDigests());
    json.writeStringField("Parent", "");
    json.writeStringField("Comment", comment(config));
    if (config.created() != null) {
      json.writeStringField("Created", Rfc3339.format(config.created()));
    }
    json.writeStringField("DockerVersion", "");
    json.writeStringField("Author", config.author() == null ? "" : config.author());
    json.writeFieldName("Config");
    configuration(json, config.config(), version);
    json.writeStringField("Architecture", config.architecture());
    if (config.variant() != null && !config.variant().isEmpty()) {
      json.writeStringField("Variant", config.variant());
    }
    json.writeStringField("Os", config.os());
    json.writeNumberField("Size", image.size());
    if (!version.atLeast(44)) {
      json.writeNumberField("VirtualSize", image.size());
    }
    graphDriver(json, layers);
    json.writeObjectFieldStart("RootFS");
    json.writeStringField("Type", "layers");
    json.writePOJOField("Layers", config.rootfs().diffIds());
    json.writeEndObject();
    json.writeObjectFieldStart("Metadata");
    json.writeStringField(
        "LastTagTime", image.lastTagged() == null ? Rfc3339.NEVER : image.lastTagged());
    json.writeEndObject();
    json.writeEndObject();
  }

  /** The top layer and those below it, as overlayfs stacks them. */
  private static void graphDriver(JsonGenerator json, List<Path> layers) throws IOException {
    List<String> topFirst = layers.reversed().stream().map(Path::toString).toList();
    json.writeObjectFieldStart("GraphDriver");
    json.writeObjectFieldStart("Data");
    if (topFirst.size() > 1) {
      json.writeStringField("LowerDir", String.join(":", topFirst.subList(1, topFirst.size())));
    }
    if (!topFirst.isEmpty()) {
      json.writeStringField("UpperDir", topFirst.getFirst());
    }
    json.writeEndObject();
    json.writeStringField("Name", "overlay2");
    json.writeEndObject();
  }

  private static String comment(ImageConfig config) {
    if (config.history() == null || config.history().isEmpty()) {
      return "";
    }
    String comment = config.history().getLast().comment();
    return comment == null ? "" : comment;
  }

  /** Since API 1.50 only what an image can say; before, all fields of a container. */
  private static void configuration(
      JsonGenerator json, @Nullable ContainerConfig config, ApiVersion version) throws IOException {
    if (config == null || !version.atLeast(50)) {
      json.writePOJO(config);
      return;
    }
    json.writeStartObject();
    text(json, "User", config.user());
    some(json, "ExposedPorts", config.exposedPorts());
    some(json, "Env", config.env());
    some(json, "Entrypoint", config.entrypoint());
    some(json, "Cmd", config.cmd());
    some(json, "Volumes", config.volumes());
    text(json, "WorkingDir", config.workingDir());
    some(json, "Labels", config.labels());
    text(json, "StopSignal", config.stopSignal());
    if (config.argsEscaped()) {
      json.writeBooleanField("ArgsEscaped", true);
    }
    if (config.healthcheck() != null) {
      json.writePOJOField("Healthcheck", config.healthcheck());
    }
    some(json, "OnBuild", config.onBuild());
    some(json, "Shell", config.shell());
    json.writeEndObject();
  }

  private static void text(JsonGenerator json, String field, @Nullable String text)
      throws IOException {
    if (text != null && !text.isEmpty()) {
      json.writeStringField(field, text);
    }
  }

  private static void some(JsonGenerator json, String field, @Nullable Object value)
      throws IOException {
    boolean empty =
        switch (value) {
          case null -> true;
          case Collection<?> list -> list.isEmpty();
          case Map<?, ?> map -> map.isEmpty();
          case Object other -> false;
        };
    if (!empty) {
      json.writePOJOField(field, value);
    }
  }

  /** {@code ImageDeleteResponseItem}s. */
  static void removals(JsonGenerator json, List<Removal> removals) throws IOException {
    json.writeStartArray();
    for (Removal removal : removals) {
      json.writeStartObject();
      switch (removal) {
        case Removal.Untagged(String name) -> json.writeStringField("Untagged", name);
        case Removal.Deleted(String digest) -> json.writeStringField("Deleted", digest);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
