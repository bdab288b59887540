package dev.flota.engine.image.manifest;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a manifest says of a blob (OCI image-spec 1.1, "Content Descriptors").
 *
 * @param digest not checked yet: it comes from outside
 * @param size bytes
 * @param platform in an index: what the manifest is for
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Descriptor(
    String mediaType,
    String digest,
    long size,
    @Nullable OfferedPlatform platform,
    @Nullable Map<String, String> annotations) {

  /** Of a blob as such. */
  public static Descriptor of(String mediaType, String digest, long size) {
    return new Descriptor(mediaType, digest, size, null, null);
  }

  /** The platform as written. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record OfferedPlatform(String architecture, String os, @Nullable String variant) {}
}
