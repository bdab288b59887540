package dev.flota.engine.runtime;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A further process that runs, or ran, in a container. */
public interface ExecSession {

  /** Its id. */
  String id();

  /** In the host's pid namespace. */
  int pid();

  /** Its standard streams; {@code null} when it was started detached. */
  @Nullable Attachment attachment();

  /** Completed with the exit code when the process ended, after the last output was delivered. */
  CompletionStage<Integer> exitCode();

  /** Sets its terminal's size; without a terminal nothing happens. */
  void resize(int rows, int columns);
}
