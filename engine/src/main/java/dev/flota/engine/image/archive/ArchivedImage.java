package dev.flota.engine.image.archive;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.flota.engine.image.manifest.Descriptor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One element of {@code manifest.json} in a docker-archive (Docker image spec v1.2, "Combined Image
 * JSON + Filesystem Changeset Format").
 *
 * @param config file name of the configuration
 * @param layers file names of the layers, lowest first
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record ArchivedImage(
    @JsonProperty("Config") String config,
    @JsonProperty("RepoTags") @Nullable List<String> repoTags,
    @JsonProperty("Layers") List<String> layers,
    @JsonProperty("LayerSources") @Nullable Map<String, Descriptor> layerSources) {}
