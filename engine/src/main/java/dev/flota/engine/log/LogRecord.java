package dev.flota.engine.log;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Optional;

/**
 * One line of conmon's log format {@code k8s-file}: {@code TIME STREAM TAG DATA}, where the tag
 * says whether the program's line ends here ({@code F}) or goes on in the next record of the same
 * stream ({@code P}).
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way; never compared
record LogRecord(Instant time, int stream, boolean partial, byte[] data) {
  private static final int LONGEST_HEADER = 64;

  /**
   * Parses.
   *
   * @param line without the newline
   * @return empty when it is none of conmon's lines (cut off by a full disk)
   */
  static Optional<LogRecord> parse(byte[] line) {
    int timeEnd = space(line, 0);
    int streamEnd = timeEnd < 0 ? -1 : space(line, timeEnd + 1);
    int tagEnd = streamEnd < 0 ? -1 : space(line, streamEnd + 1);
    if (tagEnd < 0) {
      return Optional.empty();
    }
    String tag = text(line, streamEnd + 1, tagEnd);
    int stream = stream(text(line, timeEnd + 1, streamEnd));
    if (stream == 0 || !(tag.equals("F") || tag.equals("P"))) {
      return Optional.empty();
    }
    try {
      Instant time = OffsetDateTime.parse(text(line, 0, timeEnd)).toInstant();
      byte[] data = Arrays.copyOfRange(line, tagEnd + 1, line.length);
      return Optional.of(new LogRecord(time, stream, tag.equals("P"), data));
    } catch (DateTimeException malformed) {
      return Optional.empty();
    }
  }

  /** Whether a line ends a program's line, seen from its header alone. */
  static boolean endsLine(byte[] line) {
    int streamEnd = space(line, space(line, 0) + 1);
    return streamEnd > 0 && streamEnd + 1 < line.length && line[streamEnd + 1] == 'F';
  }

  private static int stream(String name) {
    return switch (name) {
      case "stdout" -> 1;
      case "stderr" -> 2;
      default -> 0;
    };
  }

  private static String text(byte[] line, int from, int to) {
    return new String(line, from, to - from, StandardCharsets.US_ASCII);
  }

  private static int space(byte[] line, int from) {
    int limit = Math.min(line.length, LONGEST_HEADER);
    for (int index = from; index < limit; index++) {
      if (line[index] == ' ') {
        return index;
      }
    }
    return -1;
  }
}
