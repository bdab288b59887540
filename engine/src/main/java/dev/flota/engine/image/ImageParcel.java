package dev.flota.engine.image;

import dev.flota.engine.image.manifest.Descriptor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An image as one host hands it to another, but for its layers, which are asked for one by one.
 *
 * @param id digest of the configuration
 * @param manifest digest of the manifest it was pulled by; null for a loaded image
 * @param index digest of the index that led to the manifest, if one did
 * @param documents configuration, manifest and index, in Base64 by their digests
 * @param layers the archives, the lowest first
 * @param names all of the image, in full
 */
public record ImageParcel(
    String id,
    @Nullable String manifest,
    @Nullable String index,
    Map<String, String> documents,
    List<Descriptor> layers,
    List<String> names) {}
