package dev.flota.cluster.container;

/**
 * How a container's run ended.
 *
 * @param error empty when nothing went wrong in waiting
 * @param moved it has not ended, but goes on at another host
 */
public record ExitStatus(int exitCode, String error, boolean moved) {
  /** The end. */
  public ExitStatus(int exitCode, String error) {
    this(exitCode, error, false);
  }
}
