package dev.flota.engine.spec;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was seen last of a container's main process: the durable part of {@code State} in the Docker
 * Engine API.
 *
 * @param pid of the main process in the host's pid namespace, 0 when there is none
 * @param exitCode of the last run
 * @param error why the last start failed, else empty
 */
public record RunState(
    Status status,
    int pid,
    int exitCode,
    boolean oomKilled,
    String error,
    @Nullable Instant startedAt,
    @Nullable Instant finishedAt) {

  /** Docker's names, lower case in the API. */
  public enum Status {
    /** Never started. */
    CREATED,
    /** Its main process lives. */
    RUNNING,
    /** Its processes are frozen. */
    PAUSED,
    /** Ended, to be started again by the restart policy. */
    RESTARTING,
    /** Being removed. */
    REMOVING,
    /** Ended. */
    EXITED,
    /** Could not be removed whole. */
    DEAD;

    /** Docker's lower-case name. */
    public String dockerName() {
      return switch (this) {
        case CREATED -> "created";
        case RUNNING -> "running";
        case PAUSED -> "paused";
        case RESTARTING -> "restarting";
        case REMOVING -> "removing";
        case EXITED -> "exited";
        case DEAD -> "dead";
      };
    }

    /** Whether a main process exists. */
    public boolean alive() {
      return this == RUNNING || this == PAUSED;
    }
  }

  /** Never started. */
  public static RunState created() {
    return new RunState(Status.CREATED, 0, 0, false, "", null, null);
  }
}
