package dev.flota.engine.image.manifest;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a manifest says of a blob (OCI image-spec 1.1, "Content Descriptors").
 *
 * <p>Comes from outside and is not checked yet; what it leaves out is an empty text.
 *
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

  /** Fills in what was left out. */
  public Descriptor {
    mediaType = orEmpty(mediaType);
    digest = orEmpty(digest);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** Of a blob as such. */
  public static Descriptor of(String mediaType, String digest, long size) {
    return new Descriptor(mediaType, digest, size, null, null);
  }

  /** The platform as written. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record OfferedPlatform(String architecture, String os, @Nullable String variant) {
    /** Fills in what was left out. */
    public OfferedPlatform {
      architecture = orEmpty(architecture);
      os = orEmpty(os);
    }
  }
}
