package dev.flota.engine.image;

import dev.flota.engine.image.manifest.Descriptor;
import java.io.IOException;
import java.io.InputStream;

/**
 * A layer's archive on its way, maybe slower than it can be read. Nothing of it is verified.
 *
 * @param origin who gives it
 * @param blob the archive as it is kept there, compressed
 * @param bytes of it
 */
public record LayerStream(String origin, Descriptor blob, InputStream bytes)
    implements AutoCloseable {
  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
