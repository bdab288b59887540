package dev.flota.cluster.batch;

import java.util.function.Consumer;

/**
 * Does to containers of any host what a batch needs. Calls block and fail with an {@link
 * dev.flota.engine.EngineException}.
 */
public interface Carrier {
  /**
   * Moves it to that host, running or not as it is.
   *
   * @param phases is told what begins
   */
  Result.Moved teleport(Item item, String to, Consumer<String> phases);

  /** Stops it where it is. */
  void stop(Item item);

  /** Starts it on a host that has it. */
  void start(Item item, String hostId);
}
