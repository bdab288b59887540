package dev.flota.cluster.teleport;

import java.time.Duration;

/**
 * How a container is to be moved.
 *
 * @param to name or id of a host; empty lets placement choose
 * @param timeout the container goes on where it is when it has not been handed over by then
 * @param execs what to do about processes of {@code docker exec}, which cannot come along
 */
public record TeleportWish(String to, Mode mode, Duration timeout, Execs execs) {

  /** How memory is moved. */
  public enum Mode {
    /** Whatever suits the container. */
    AUTO,
    /** While the container is frozen. */
    STOP,
    /** Before it is frozen, and what it changes meanwhile again, until little is left. */
    PRECOPY,
    /** After it has gone on at the other host, as it is needed. */
    POSTCOPY
  }

  /** What to do about processes of {@code docker exec}. */
  public enum Execs {
    /** The container stays. */
    REFUSE,
    /** The move waits until they have ended. */
    WAIT,
    /** They are killed. */
    KILL
  }
}
