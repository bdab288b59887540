package dev.flota.engine.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Goes through the files of a log. The tail is taken of all lines, then the rest is applied. */
final class SegmentCursor implements LogCursor {
  private final List<Path> segments;
  private final LogQuery query;
  private final LineJoiner joiner;
  private final Deque<LogEntry> ready = new ArrayDeque<>();
  private int current;
  private SegmentReader reader;
  private boolean finished;
  private int superfluousRest;
  private long end = Long.MAX_VALUE; // of the last segment, in bytes

  /**
   * From the beginning, or from the query's tail.
   *
   * @param followed whether what is written from now on is read too
   */
  SegmentCursor(List<Path> segments, LogQuery query, boolean ended, boolean followed) {
    this.segments = List.copyOf(segments);
    this.query = query;
    joiner = new LineJoiner(false);
    endWhereItIs(followed);
    reader = reader(0);
    if (query.tail() >= 0) {
      skipToTail(query.tail(), ended, followed);
    }
  }

  private void endWhereItIs(boolean followed) {
    try {
      end = followed ? Long.MAX_VALUE : Files.size(segments.getLast());
    } catch (NoSuchFileException nothingWritten) {
      end = 0;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** One that goes on in the last segment; its query's tail is no matter any more. */
  SegmentCursor(List<Path> segments, LogQuery query, LogPosition from, boolean asWritten) {
    this.segments = List.copyOf(segments);
    this.query = query;
    joiner = new LineJoiner(asWritten);
    current = segments.size() - 1;
    reader = reader(current);
    reader.seek(from.offset());
  }

  private void skipToTail(long wanted, boolean ended, boolean followed) {
    try {
      int first = segments.size() - 1;
      TailScan scan = TailScan.of(segments.get(first), wanted);
      long lines = scan.lines();
      while (lines <= wanted && first > 0) {
        first--;
        scan = TailScan.of(segments.get(first), wanted - lines);
        lines += scan.lines();
      }
      endWhereItIs(followed); // after the scan, which must not have seen less
      skip(first, scan.offset(), wanted, ended);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Counts the entries from there on, then goes there again and leaves out all but the last. */
  private void skip(int segment, long offset, long wanted, boolean ended) {
    goTo(segment, offset);
    long count = 0;
    while (advance()) {
      count += ready.size();
      ready.clear();
    }
    int unfinished = joiner.rest().size();
    goTo(segment, offset);
    long superfluous = count + (ended ? unfinished : 0) - wanted;
    while (superfluous > 0 && advance()) {
      while (superfluous > 0 && !ready.isEmpty()) {
        ready.removeFirst();
        superfluous--;
      }
    }
    superfluousRest = (int) Math.max(0, superfluous);
  }

  private void goTo(int segment, long offset) {
    reader.close();
    current = segment;
    reader = reader(segment);
    reader.seek(offset);
  }

  private SegmentReader reader(int segment) {
    boolean last = segment == segments.size() - 1;
    return new SegmentReader(segments.get(segment), last ? end : Long.MAX_VALUE);
  }

  /** Reads one record into {@link #ready}. */
  private boolean advance() {
    Optional<byte[]> line = reader.next();
    while (line.isEmpty() && current < segments.size() - 1) {
      goTo(current + 1, 0);
      line = reader.next();
    }
    line.flatMap(LogRecord::parse).ifPresent(record -> ready.addAll(joiner.add(record)));
    return line.isPresent();
  }

  @Override
  public List<LogEntry> poll(int maximum) {
    List<LogEntry> entries = new ArrayList<>();
    while (entries.size() < maximum && !finished) {
      if (ready.isEmpty() && !advance()) {
        return entries;
      }
      while (!ready.isEmpty() && entries.size() < maximum) {
        take(ready.removeFirst(), entries);
      }
    }
    return entries;
  }

  @Override
  public List<LogEntry> rest() {
    List<LogEntry> entries = new ArrayList<>();
    joiner.rest().stream().skip(superfluousRest).forEach(entry -> take(entry, entries));
    superfluousRest = 0;
    return entries;
  }

  private void take(LogEntry entry, List<LogEntry> entries) {
    if (query.until() != null && entry.time().isAfter(query.until())) {
      finished = true;
    }
    boolean early = query.since() != null && entry.time().isBefore(query.since());
    boolean wanted = entry.stream() == 1 ? query.stdout() : query.stderr();
    if (!finished && !early && wanted) {
      entries.add(entry);
    }
  }

  @Override
  public boolean finished() {
    return finished;
  }

  @Override
  public long offset() {
    return current == segments.size() - 1 ? reader.offset() : -1;
  }

  @Override
  public void close() {
    reader.close();
  }
}
