package dev.flota.engine.runtime;

import java.util.function.Consumer;

/**
 * Tells of containers that end. Exits recorded before the watcher was opened (while no daemon ran)
 * are told to each new subscriber first, until the container is started again or deleted.
 */
public interface ExitWatcher extends AutoCloseable {

  /**
   * Calls {@code onExit} for each exit, on the watcher's own thread: it must not block. The same
   * exit may be told twice.
   *
   * @return ends the subscription
   */
  AutoCloseable subscribe(Consumer<ExitNotice> onExit);

  @Override
  void close();
}
