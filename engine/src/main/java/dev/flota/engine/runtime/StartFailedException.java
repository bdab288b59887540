package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;

/** The OCI runtime could not start a container or an exec; the text is Docker's. */
public final class StartFailedException extends EngineException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  /** A failed start with the exit code the container or exec shows afterwards. */
  public StartFailedException(ErrorKind kind, int exitCode, String message) {
    super(kind, message);
    this.exitCode = exitCode;
  }

  /**
   * What the container's state shows: 127 command not found, 126 command cannot be invoked, 128
   * anything else.
   */
  public int exitCode() {
    return exitCode;
  }
}
