package dev.flota.cluster.host;

import dev.flota.engine.EngineException;
import java.io.InputStream;

/** Brings images from other hosts of the fleet. */
@FunctionalInterface
public interface ImageSource {
  /**
   * An image as the archive that {@code docker save} makes. Blocks until it begins to come.
   *
   * @param hostId a host that has the image
   * @param reference what it is called there
   * @throws EngineException when that host does not give it
   */
  InputStream archive(String hostId, String reference);
}
