package dev.flota.engine;

import org.jspecify.annotations.Nullable;

/** A failure with a kind, whose message is shown to the user as it is (Docker's own wording). */
public class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorKind kind;

  /** A failure of {@code kind} with the text the user sees. */
  public EngineException(ErrorKind kind, String message) {
    this(kind, message, null);
  }

  /** A failure of {@code kind} with the text the user sees and what caused it, for the log. */
  public EngineException(ErrorKind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** The kind of failure. */
  public ErrorKind kind() {
    return kind;
  }

  /** The text the user sees. */
  public String text() {
    String message = getMessage();
    return message == null ? kind.name() : message;
  }

  /** {@link ErrorKind#INVALID}. */
  public static EngineException invalid(String message) {
    return new EngineException(ErrorKind.INVALID, message);
  }

  /** {@link ErrorKind#NOT_FOUND}. */
  public static EngineException notFound(String message) {
    return new EngineException(ErrorKind.NOT_FOUND, message);
  }

  /** {@link ErrorKind#CONFLICT}. */
  public static EngineException conflict(String message) {
    return new EngineException(ErrorKind.CONFLICT, message);
  }

  /** {@link ErrorKind#NOT_IMPLEMENTED}. */
  public static EngineException notImplemented(String message) {
    return new EngineException(ErrorKind.NOT_IMPLEMENTED, message);
  }

  /** {@link ErrorKind#SYSTEM} without a cause. */
  public static EngineException system(String message) {
    return new EngineException(ErrorKind.SYSTEM, message);
  }

  /** {@link ErrorKind#SYSTEM} with its cause. */
  public static EngineException system(String message, Throwable cause) {
    return new EngineException(ErrorKind.SYSTEM, message, cause);
  }
}
