package dev.flota.engine.runtime;

import java.util.function.Consumer;

/**
 * Tells of containers that end. Exits recorded before (while no daemon ran) are told to each new
 * subscriber first, until the container is started again or deleted.
 */
public interface ExitWatcher {

  /**
   * Calls {@code onExit} for each exit, on the watcher's own thread: it must not block. The same
   * exit may be told twice.
   */
  Subscription subscribe(Consumer<ExitNotice> onExit);

  /** Until it is closed. */
  @FunctionalInterface
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
