package dev.flota.engine.image;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One image of the store.
 *
 * @param id digest of the configuration, {@code sha256:…}
 * @param config the configuration
 * @param tags familiar names with tag ({@code alpine:latest}), sorted
 * @param repoDigests familiar names with manifest digest ({@code alpine@sha256:…}), sorted
 * @param size bytes of all layers, unpacked
 * @param sharedSize bytes shared with other images, -1 when not computed
 * @param lastTagged RFC 3339 time of the last change to its tags
 */
public record Image(
    String id,
    ImageConfig config,
    List<String> tags,
    List<String> repoDigests,
    long size,
    long sharedSize,
    @Nullable String lastTagged) {}
