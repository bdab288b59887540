package dev.flota.cluster.container;

/** When a wait ends. */
public enum WaitCondition {
  /** At once if the container is not running. */
  NOT_RUNNING,
  /** At the next exit, even if it is not running now. */
  NEXT_EXIT,
  /** When it has been removed. */
  REMOVED
}
