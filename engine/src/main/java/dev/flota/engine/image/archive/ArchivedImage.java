package dev.flota.engine.image.archive;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.flota.engine.image.manifest.Descriptor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One element of {@code manifest.json} in a docker-archive (Docker image spec v1.2, "Combined Image
 * JSON + Filesystem Changeset Format").
 *
 * @param config file name of the configuration
 * @param repoTags the image's names; Docker writes null for none
 * @param layers file names of the layers, lowest first
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record ArchivedImage(
    @JsonProperty("Config") String config,
    @JsonProperty("RepoTags") List<String> repoTags,
    @JsonProperty("Layers") List<String> layers,
    @JsonProperty("LayerSources") @Nullable Map<String, Descriptor> layerSources) {

  /** Fills in what a stranger left out. */
  ArchivedImage {
    config = config == null ? "" : config;
    layers = withoutNulls(layers);
    repoTags = withoutNulls(repoTags);
  }

  private static List<String> withoutNulls(@Nullable List<@Nullable String> list) {
    return list == null ? List.of() : list.stream().filter(Objects::nonNull).toList();
  }
}
