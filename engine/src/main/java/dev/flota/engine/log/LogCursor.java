package dev.flota.engine.log;

import java.util.List;

/**
 * A place in a container's log, which moves on with each {@link #poll}. Not for several threads.
 */
public interface LogCursor extends AutoCloseable {

  /**
   * The next entries, without waiting for more to be written. What a line has no end of yet is held
   * back, as Docker does.
   *
   * @param maximum at most so many
   * @return empty when there is nothing new
   */
  List<LogEntry> poll(int maximum);

  /**
   * What is held back, when it is known that its end will never come: the container has ended and
   * {@link #poll} has nothing more.
   */
  List<LogEntry> rest();

  /** Whether the query's {@code until} was passed, so that nothing will follow. */
  boolean finished();

  /**
   * Bytes of the last file that are read, entries that {@link #poll} holds back among them; -1 when
   * nothing of it is.
   */
  long offset();

  @Override
  void close();
}
