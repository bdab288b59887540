package dev.flota.engine.image.layer;

import java.io.IOException;

/** A layer's archive is damaged, or wants what no layer may do. */
public final class InvalidLayerException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With the reason, in Docker's words where Docker has some. */
  public InvalidLayerException(String message) {
    super(message);
  }
}
