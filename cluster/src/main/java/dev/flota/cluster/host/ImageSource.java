package dev.flota.cluster.host;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.ImageParcel;

/** Brings images from other hosts of the fleet. */
@FunctionalInterface
public interface ImageSource {
  /**
   * An image without its layers, which come as those of a pull do. Blocks.
   *
   * @param hostId a host that has the image
   * @param imageId {@code sha256:…}
   * @throws EngineException when that host does not give it
   */
  ImageParcel parcel(String hostId, String imageId);
}
