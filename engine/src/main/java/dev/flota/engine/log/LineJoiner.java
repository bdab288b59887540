package dev.flota.engine.log;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes of conmon's records, cut as the program's writes came, the entries that Docker's {@code
 * json-file} would hold: whole lines, and lines longer than 16 KiB in pieces of that size which all
 * have the first one's time.
 */
final class LineJoiner {
  private static final int LONGEST = 16 << 10;

  private final boolean asWritten;
  private final Line[] lines = {new Line(1), new Line(2)};

  /**
   * For one log.
   *
   * @param asWritten whether nothing is joined and held back: a client who is attached sees a line
   *     grow
   */
  LineJoiner(boolean asWritten) {
    this.asWritten = asWritten;
  }

  /** Takes a record and returns what is whole now. */
  List<LogEntry> add(LogRecord record) {
    return asWritten
        ? List.of(
            new LogEntry(
                record.time(),
                record.stream(),
                record.partial() ? record.data() : withNewline(record.data()),
                record.partial()))
        : lines[record.stream() - 1].add(record);
  }

  /** What is held back for want of a line's end. */
  List<LogEntry> rest() {
    List<LogEntry> entries = new ArrayList<>();
    for (Line line : lines) {
      entries.addAll(line.rest());
    }
    return entries;
  }

  private static byte[] withNewline(byte[] data) {
    byte[] line = Arrays.copyOf(data, data.length + 1);
    line[data.length] = '\n';
    return line;
  }

  private static final class Line {
    private final int stream;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private @Nullable Instant firstPiece;
    private Instant last = Instant.EPOCH;

    Line(int stream) {
      this.stream = stream;
    }

    List<LogEntry> add(LogRecord record) {
      last = record.time();
      if (!record.partial() && pending.size() == 0 && record.data().length < LONGEST) {
        return List.of(entry(withNewline(record.data()), false)); // by far most
      }
      pending.writeBytes(record.data());
      List<LogEntry> entries = pieces();
      if (!record.partial()) {
        entries.add(entry(withNewline(pending.toByteArray()), false));
        pending.reset();
        firstPiece = null;
      }
      return entries;
    }

    private List<LogEntry> pieces() {
      List<LogEntry> entries = new ArrayList<>();
      byte[] all = pending.size() >= LONGEST ? pending.toByteArray() : new byte[0];
      int from = 0;
      while (all.length - from >= LONGEST) {
        firstPiece = firstPiece == null ? last : firstPiece;
        entries.add(entry(Arrays.copyOfRange(all, from, from + LONGEST), true));
        from += LONGEST;
      }
      if (from > 0) {
        pending.reset();
        pending.write(all, from, all.length - from);
      }
      return entries;
    }

    List<LogEntry> rest() {
      List<LogEntry> entries =
          pending.size() == 0 ? List.of() : List.of(entry(pending.toByteArray(), true));
      pending.reset();
      firstPiece = null;
      return entries;
    }

    private LogEntry entry(byte[] data, boolean partial) {
      return new LogEntry(firstPiece == null ? last : firstPiece, stream, data, partial);
    }
  }
}
