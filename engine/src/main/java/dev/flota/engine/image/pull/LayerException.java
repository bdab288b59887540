package dev.flota.engine.image.pull;

import java.io.IOException;

/** A layer came, but cannot be made part of an image. */
final class LayerException extends IOException {
  private static final long serialVersionUID = 1L;

  LayerException(String message, Throwable cause) {
    super(message, cause);
  }

  LayerException(String message) {
    super(message);
  }
}
