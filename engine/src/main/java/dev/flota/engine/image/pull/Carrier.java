package dev.flota.engine.image.pull;

import dev.flota.engine.image.registry.BlobDownload;
import java.io.IOException;

/** Brings the bytes of one blob, verified. */
@FunctionalInterface
interface Carrier {
  /** Does so. */
  void to(BlobDownload.Sink sink) throws IOException;
}
