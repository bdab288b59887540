package dev.flota.engine;

/**
 * What went wrong, in the terms of the Docker Engine API: each kind is one HTTP status there.
 *
 * <p>The engine does not know HTTP; the number is kept here so that the mapping exists once.
 */
public enum ErrorKind {
  /** Nothing to do, the object is in the wanted state already (start of a running container). */
  NOT_MODIFIED(304),
  /** The caller's input is malformed or contradicts itself. */
  INVALID(400),
  /** A registry or the engine refused the credentials. */
  UNAUTHORIZED(401),
  /** The caller may not do this. */
  FORBIDDEN(403),
  /** No such object. */
  NOT_FOUND(404),
  /** The object's state, or another object, stands against it. */
  CONFLICT(409),
  /** The engine failed. */
  SYSTEM(500),
  /** Not built yet. */
  NOT_IMPLEMENTED(501),
  /** Cannot be answered now, may be later. */
  UNAVAILABLE(503);

  private final int status;

  ErrorKind(int status) {
    this.status = status;
  }

  /** The kind of an HTTP status; {@link #SYSTEM} for one that none has. */
  public static ErrorKind of(int status) {
    for (ErrorKind kind : values()) {
      if (kind.status == status) {
        return kind;
      }
    }
    return SYSTEM;
  }

  /** The HTTP status the Docker Engine API uses for this kind. */
  public int status() {
    return status;
  }
}
