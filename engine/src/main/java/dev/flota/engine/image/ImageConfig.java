package dev.flota.engine.image;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.flota.engine.spec.ContainerConfig;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image's configuration file (OCI image-spec 1.1 "Image Configuration"; Docker image spec v1.2).
 *
 * @param config defaults for containers
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ImageConfig(
    @Nullable Instant created,
    @Nullable String author,
    String architecture,
    String os,
    @Nullable String variant,
    @Nullable ContainerConfig config,
    RootFs rootfs,
    @Nullable List<History> history) {

  /** What it runs on. */
  public Platform platform() {
    return Platform.normal(os, architecture, variant);
  }

  /** Digests of the uncompressed layers, lowest first. */
  public record RootFs(String type, @JsonProperty("diff_ids") List<String> diffIds) {}

  /** One build step. */
  public record History(
      @Nullable Instant created,
      @JsonProperty("created_by") @Nullable String createdBy,
      @Nullable String author,
      @Nullable String comment,
      @JsonProperty("empty_layer") @Nullable Boolean emptyLayer) {}
}
