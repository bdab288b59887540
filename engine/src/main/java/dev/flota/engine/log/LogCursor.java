package dev.flota.engine.log;

import java.util.List;

/**
 * A place in a container's log, which moves on with each {@link #poll}. Not for several threads.
 */
public interface LogCursor extends AutoCloseable {

  /**
   * The next entries, without waiting for more to be written.
   *
   * @param maxEntries at most so many
   * @return empty when there is nothing new
   */
  List<LogEntry> poll(int maxEntries);

  /** Whether the query's {@code until} was passed, so that nothing will follow. */
  boolean finished();

  @Override
  void close();
}
