package dev.flota.engine.image.registry;

import dev.flota.engine.image.Digest;
import java.io.IOException;

/** A blob is not what its digest names. */
public final class BlobDigestException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean resumed;

  BlobDigestException(Digest digest, boolean resumed) {
    super("filesystem layer verification failed for digest " + digest);
    this.resumed = resumed;
  }

  /** Whether it was put together of several answers, so that a fresh try may help. */
  public boolean wasResumed() {
    return resumed;
  }
}
