package dev.flota.engine.log;

import dev.flota.engine.EngineException;
import java.nio.file.Path;
import java.util.List;

/** Reads what conmon wrote of a container's output. */
@SuppressWarnings("DoNotCallSuggester") // being filled in
public final class ContainerLog implements AutoCloseable {

  /**
   * Opens a log.
   *
   * @param segments its files, oldest first; the last may grow, and need not exist yet
   */
  public LogCursor open(List<Path> segments, LogQuery query) {
    throw EngineException.notImplemented(segments + " " + query);
  }

  /**
   * Calls {@code onChange} after the file grew, on a thread of this class: it must not block.
   *
   * @return ends the subscription
   */
  public AutoCloseable onChange(Path segment, Runnable onChange) {
    throw EngineException.notImplemented(segment.toString() + onChange);
  }

  @Override
  public void close() {}
}
