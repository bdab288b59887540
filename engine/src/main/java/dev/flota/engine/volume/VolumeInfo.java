package dev.flota.engine.volume;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A volume as {@code GET /volumes/{name}} shows it: {@code Volume} of the Docker Engine API v1.50.
 *
 * @param mountpoint directory on the host
 * @param options of the driver ({@code type}, {@code o}, {@code device}), {@code null} when none
 * @param scope {@code local}
 */
@JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
public record VolumeInfo(
    Instant createdAt,
    String driver,
    @Nullable Map<String, String> labels,
    String mountpoint,
    String name,
    @Nullable Map<String, String> options,
    String scope) {}
