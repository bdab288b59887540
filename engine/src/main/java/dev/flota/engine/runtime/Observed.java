package dev.flota.engine.runtime;

import java.time.Instant;

/** What really became of a container, seen on the host and not remembered. */
public sealed interface Observed {

  /** Created, its command not started yet. */
  record NotStarted(int pid) implements Observed {}

  /** Its main process lives. */
  record Running(int pid) implements Observed {}

  /** Its processes are frozen. */
  record Paused(int pid) implements Observed {}

  /** Its main process ended. */
  record Exited(int exitCode, Instant at, boolean oomKilled) implements Observed {}

  /** The runtime does not know it, and no exit was recorded. */
  record Gone() implements Observed {}
}
