package dev.flota.engine.image.registry;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A registry refused, or could not be reached. */
public final class RegistryException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What it means for the one who asked. */
  public enum Reason {
    /** The credentials, or their absence. */
    UNAUTHORIZED,
    /** The credentials are good but not for this. */
    DENIED,
    /** The repository has no such tag or digest. */
    MANIFEST_UNKNOWN,
    /** There is no such repository. */
    NAME_UNKNOWN,
    /** There is no such blob. */
    BLOB_UNKNOWN,
    /** Nothing listens there, it does not answer in time, or not in a language we know. */
    UNREACHABLE,
    /** The connection broke, or the registry itself has trouble: trying again may help. */
    PASSING,
    /** Anything else. */
    OTHER
  }

  private final Reason reason;

  RegistryException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  RegistryException(Reason reason, String message) {
    this(reason, message, null);
  }

  /** What it means. */
  public Reason reason() {
    return reason;
  }

  /** Whether the same request may succeed a moment later. */
  public boolean isPassing() {
    return reason == Reason.PASSING;
  }

  /** In Go's words, which are Docker's. */
  public String text() {
    return String.valueOf(getMessage());
  }
}
