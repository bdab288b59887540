package dev.flota.engine.image.pull;

import java.io.InterruptedIOException;

/** A thread was told to stop: in Docker's (Go's) words the context was canceled. */
public final class Interruption {
  /** What the user reads. */
  public static final String TEXT = "context canceled";

  private Interruption() {}

  /** As an exception of input and output; the thread stays interrupted. */
  public static InterruptedIOException of(InterruptedException cause) {
    Thread.currentThread().interrupt();
    InterruptedIOException exception = new InterruptedIOException(TEXT);
    exception.initCause(cause);
    return exception;
  }
}
