package dev.flota.cluster.follow;

import dev.flota.engine.log.LogPosition;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far somebody had come who followed a container, when it left its host.
 *
 * @param log what he has read of the log; {@code null} when nothing, or there is none
 * @param lastExit when the container's process had ended last, if it had
 */
public record Place(@Nullable LogPosition log, @Nullable Instant lastExit) {
  /** Of somebody who has seen nothing yet. */
  public static final Place START = new Place(null, null);

  private static final String NOTHING = "-";

  /** A place in the log. */
  public static Place in(LogPosition log) {
    return new Place(log, null);
  }

  /** As hosts tell it each other: {@code OFFSET MIDLINE EXIT}. */
  public String text() {
    LogPosition position = log;
    return "%s %s %s"
        .formatted(
            position == null ? NOTHING : Long.toString(position.offset()),
            position != null && position.midLine(),
            lastExit == null ? NOTHING : lastExit.toString());
  }

  /** Reads what {@link #text} wrote. */
  public static Place parse(String text) {
    String[] words = text.split(" ", -1);
    if (words.length != 3) {
      throw new IllegalArgumentException("no place: " + text);
    }
    LogPosition log =
        words[0].equals(NOTHING)
            ? null
            : new LogPosition(Long.parseLong(words[0]), Boolean.parseBoolean(words[1]));
    return new Place(log, words[2].equals(NOTHING) ? null : Instant.parse(words[2]));
  }
}
