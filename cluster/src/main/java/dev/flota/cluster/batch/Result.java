package dev.flota.cluster.batch;

/** What has become of a container that was to move. */
public sealed interface Result {
  /**
   * It is on the other host.
   *
   * @param totalMillis that the move took
   * @param frozenMillis that it did not run for; 0 for one that did not run before
   * @param bytes sent
   * @param restarted whether it was stopped for it and started there
   */
  record Moved(long totalMillis, long frozenMillis, long bytes, boolean restarted)
      implements Result {}

  /** It is where it was, as it was. */
  record Stays(String reason) implements Result {}

  /** It was stopped and could not be started. */
  record Down(String reason) implements Result {}
}
