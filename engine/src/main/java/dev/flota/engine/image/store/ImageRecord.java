package dev.flota.engine.image.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the catalog keeps of one image.
 *
 * @param id digest of the configuration
 * @param manifest digest of the manifest it was pulled by; null for a loaded image
 * @param index digest of the index that led to the manifest, if one did
 * @param layers chain ids, lowest first
 * @param size bytes of all layers, unpacked
 * @param lastTagged RFC 3339 time of the last change to its names
 * @param detached removed by force while a container still needs the layers: no longer an image for
 *     anybody, its files stay until that container is gone
 */
public record ImageRecord(
    String id,
    @Nullable String manifest,
    @Nullable String index,
    List<String> layers,
    long size,
    @Nullable String lastTagged,
    boolean detached) {

  ImageRecord taggedAt(String time) {
    return new ImageRecord(id, manifest, index, layers, size, time, detached);
  }

  ImageRecord detach() {
    return new ImageRecord(id, manifest, index, layers, size, lastTagged, true);
  }
}
