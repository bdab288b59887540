package dev.flota.engine.image.manifest;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image's manifest (OCI image-spec 1.1 "Image Manifest"; Docker's version 2 schema 2 has the
 * same form).
 *
 * @param layers compressed layers, lowest first
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Manifest(
    int schemaVersion, @Nullable String mediaType, Descriptor config, List<Descriptor> layers) {}
