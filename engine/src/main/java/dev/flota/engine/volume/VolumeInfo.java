package dev.flota.engine.volume;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A volume as {@code GET /volumes/{name}} shows it: {@code Volume} of the Docker Engine API v1.50.
 *
 * @param createdAt in full seconds
 * @param mountpoint directory on the host
 * @param options of the driver ({@code type}, {@code o}, {@code device}), {@code null} when none
 * @param scope {@code local}
 * @param usageData only in {@code GET /system/df}
 */
@JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
public record VolumeInfo(
    Instant createdAt,
    String driver,
    @Nullable Map<String, String> labels,
    String mountpoint,
    String name,
    @Nullable Map<String, String> options,
    String scope,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable UsageData usageData) {

  /** Marks a volume that nobody named, as Docker does. */
  public static final String ANONYMOUS_LABEL = "com.docker.volume.anonymous";

  /** Bytes of its files, and how many containers use it. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record UsageData(long size, long refCount) {}

  /** Whether nobody named it. */
  public boolean anonymous() {
    Map<String, String> present = labels;
    return present != null && present.containsKey(ANONYMOUS_LABEL);
  }

  /** The same with its usage. */
  public VolumeInfo withUsage(long size, long references) {
    return new VolumeInfo(
        createdAt,
        driver,
        labels,
        mountpoint,
        name,
        options,
        scope,
        new UsageData(size, references));
  }
}
