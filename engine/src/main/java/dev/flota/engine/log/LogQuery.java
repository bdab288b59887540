package dev.flota.engine.log;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What part of a log is wanted.
 *
 * @param since not before, inclusive
 * @param until not after
 * @param tail the last so many lines, negative for all
 */
public record LogQuery(
    boolean stdout, boolean stderr, @Nullable Instant since, @Nullable Instant until, long tail) {

  /** Everything. */
  public static final LogQuery ALL = new LogQuery(true, true, null, null, -1);
}
