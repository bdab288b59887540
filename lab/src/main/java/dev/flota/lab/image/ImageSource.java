package dev.flota.lab.image;

import java.nio.file.Path;
import java.util.List;

/**
 * What one platform's image is made of.
 *
 * @param layers lowest first
 */
record ImageSource(
    Platform platform,
    ImageFormat format,
    LayerCompression compression,
    RunConfiguration configuration,
    List<LayerSource> layers) {

  /**
   * A tree and the words that {@code docker history} shows for it.
   *
   * @param tree the directory whose content is the layer
   * @param createdBy as a Dockerfile's instruction would read
   */
  record LayerSource(Path tree, String createdBy) {}

  ImageSource {
    layers = List.copyOf(layers);
  }
}
