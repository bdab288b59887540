package dev.flota.engine.image.layer;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.util.function.IntSupplier;

/** A call of the C library failed; the text is Go's, as Docker shows it. */
public final class FileCallException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int error;

  FileCallException(String call, String path, LastErrorException cause) {
    this(call, path, cause.getErrorCode());
    initCause(cause);
  }

  FileCallException(String call, String path, int error) {
    super(call + " " + path + ": " + FileCalls.text(error));
    this.error = error;
  }

  /** The C library's error number. */
  public int error() {
    return error;
  }

  static int checked(String call, String path, IntSupplier action) throws FileCallException {
    try {
      return action.getAsInt();
    } catch (LastErrorException e) {
      throw new FileCallException(call, "/" + path, e);
    }
  }
}
