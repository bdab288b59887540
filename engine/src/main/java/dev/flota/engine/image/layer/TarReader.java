package dev.flota.engine.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads tar archives in the V7, ustar, pax and GNU forms, sparse files in all four GNU formats.
 *
 * <p>Our own reader because a layer is bytes throughout: names need not be valid in any character
 * set and values of extended attributes are binary, which readers made for text change silently.
 */
final class TarReader {
  private static final int BLOCK = TarHeader.BLOCK;
  private static final int META_LIMIT = 1 << 20;
  private static final int GNU_SPARSE = 386;
  private static final int GNU_SPARSE_EXTENDED = 482;
  private static final int GNU_REAL_SIZE = 483;
  private static final int SEGMENTS_IN_HEADER = 4;
  private static final int SEGMENTS_IN_BLOCK = 21;
  private static final int SEGMENT_LIMIT = 1 << 20;
  private static final long NANOS = 1_000_000_000L;

  private final InputStream in;
  private long remaining;
  private int padding;

  TarReader(InputStream in) {
    this.in = in;
  }

  /** The next entry, or null at the archive's end. */
  @Nullable TarEntry next() throws IOException {
    PaxRecords records = PaxRecords.NONE;
    String longName = null;
    String longLink = null;
    while (true) {
      TarHeader header = nextHeader();
      if (header == null) {
        return null;
      }
      switch (header.type()) {
        case 'x', 'X' -> records = PaxRecords.parse(meta(header));
        case 'L' -> longName = untilZero(meta(header));
        case 'K' -> longLink = untilZero(meta(header));
        default -> {
          return entry(header, records, longName, longLink);
        }
      }
    }
  }

  /** Stored bytes of the current entry; -1 at its end. */
  int read(byte[] buffer, int offset, int length) throws IOException {
    if (remaining == 0) {
      return -1;
    }
    int count = in.read(buffer, offset, (int) Math.min(length, remaining));
    if (count < 0) {
      throw truncated();
    }
    remaining -= count;
    return count;
  }

  private @Nullable TarHeader nextHeader() throws IOException {
    skipFully(remaining);
    skipFully(padding);
    remaining = 0;
    padding = 0;
    TarHeader header = readHeader();
    if (header == null || !header.isZero()) {
      return header;
    }
    TarHeader second = readHeader();
    if (second != null && !second.isZero()) {
      throw invalid();
    }
    return null;
  }

  private @Nullable TarHeader readHeader() throws IOException {
    byte[] block = new byte[BLOCK];
    int count = in.readNBytes(block, 0, BLOCK);
    if (count == 0) {
      return null;
    }
    if (count < BLOCK) {
      throw truncated();
    }
    TarHeader header = new TarHeader(block);
    if (!header.isZero()) {
      header.verifyChecksum();
    }
    return header;
  }

  private byte[] meta(TarHeader header) throws IOException {
    long size = header.size();
    if (size < 0 || size > META_LIMIT) {
      throw new InvalidLayerException("archive/tar: header field too long");
    }
    byte[] data = in.readNBytes((int) size);
    if (data.length < size) {
      throw truncated();
    }
    padding = paddingOf(size);
    return data;
  }

  private TarEntry entry(
      TarHeader header, PaxRecords records, @Nullable String longName, @Nullable String longLink)
      throws IOException {
    String name = firstOf(records.text("path"), longName, header.name());
    char type = typeOf(header, name);
    boolean dataless = type >= TarEntry.HARD_LINK && type <= TarEntry.FIFO;
    long stored = dataless ? 0 : records.number("size", header.size());
    if (stored < 0) {
      throw invalid();
    }
    remaining = stored;
    padding = paddingOf(stored);
    Sparse sparse = sparse(header, records, stored);
    String sparseName = records.text("GNU.sparse.name");
    long[] time = time(records.text("mtime"), header.seconds());
    return new TarEntry(
        sparseName == null ? name : sparseName,
        firstOf(records.text("linkpath"), longLink, header.linkName()),
        type == 'S' ? TarEntry.FILE : type,
        header.mode(),
        id(records.number("uid", header.user())),
        id(records.number("gid", header.group())),
        sparse.realSize,
        remaining,
        time[0],
        (int) time[1],
        header.deviceMajor(),
        header.deviceMinor(),
        records.attributes(),
        sparse.segments);
  }

  private record Sparse(long realSize, List<TarEntry.Segment> segments) {}

  private Sparse sparse(TarHeader header, PaxRecords records, long stored) throws IOException {
    String map = records.text("GNU.sparse.map");
    Sparse sparse;
    if (header.type() == 'S') {
      sparse = oldSparse(header);
    } else if ("1".equals(records.text("GNU.sparse.major"))) {
      sparse = new Sparse(realSize(records), segmentsInData());
    } else if (map != null) {
      sparse = new Sparse(realSize(records), segments(map.split(",", -1)));
    } else if (!records.segments().isEmpty()) {
      sparse = new Sparse(realSize(records), records.segments());
    } else {
      return new Sparse(stored, List.of());
    }
    verify(sparse);
    return sparse;
  }

  private static long realSize(PaxRecords records) throws InvalidLayerException {
    return records.number("GNU.sparse.realsize", records.number("GNU.sparse.size", -1));
  }

  private Sparse oldSparse(TarHeader header) throws IOException {
    List<TarEntry.Segment> segments = new ArrayList<>();
    readSegments(header, GNU_SPARSE, SEGMENTS_IN_HEADER, segments);
    boolean more = header.flag(GNU_SPARSE_EXTENDED);
    while (more) {
      byte[] block = in.readNBytes(BLOCK);
      if (block.length < BLOCK) {
        throw truncated();
      }
      TarHeader extension = new TarHeader(block);
      readSegments(extension, 0, SEGMENTS_IN_BLOCK, segments);
      more = extension.flag(SEGMENTS_IN_BLOCK * 24);
      if (segments.size() > SEGMENT_LIMIT) {
        throw invalid();
      }
    }
    return new Sparse(header.number(GNU_REAL_SIZE, 12), segments);
  }

  private static void readSegments(
      TarHeader header, int offset, int count, List<TarEntry.Segment> segments)
      throws InvalidLayerException {
    for (int i = 0; i < count; i++) {
      int at = offset + i * 24;
      if (header.isEmpty(at)) {
        return;
      }
      segments.add(new TarEntry.Segment(header.number(at, 12), header.number(at + 12, 12)));
    }
  }

  /** GNU's format 1.0: decimal numbers, a line each, in blocks before the data. */
  private List<TarEntry.Segment> segmentsInData() throws IOException {
    LineReader lines = new LineReader();
    long count = PaxRecords.parseNumber(lines.next());
    if (count < 0 || count > SEGMENT_LIMIT) {
      throw invalid();
    }
    String[] numbers = new String[(int) count * 2];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = lines.next();
    }
    return segments(numbers);
  }

  private final class LineReader {
    private byte[] block = new byte[0];
    private int position;

    String next() throws IOException {
      StringBuilder line = new StringBuilder();
      while (true) {
        if (position == block.length) {
          block = new byte[BLOCK];
          position = 0;
          readFully(block);
        }
        char each = (char) (block[position++] & 0xff);
        if (each == '\n') {
          return line.toString();
        }
        line.append(each);
        if (line.length() > 20) {
          throw invalid();
        }
      }
    }
  }

  private void readFully(byte[] block) throws IOException {
    int count = 0;
    while (count < block.length) {
      int more = read(block, count, block.length - count);
      if (more < 0) {
        throw invalid();
      }
      count += more;
    }
  }

  private static List<TarEntry.Segment> segments(String[] numbers) throws InvalidLayerException {
    if (numbers.length % 2 != 0) {
      throw invalid();
    }
    List<TarEntry.Segment> segments = new ArrayList<>();
    for (int i = 0; i < numbers.length; i += 2) {
      segments.add(
          new TarEntry.Segment(
              PaxRecords.parseNumber(numbers[i]), PaxRecords.parseNumber(numbers[i + 1])));
    }
    return segments;
  }

  private void verify(Sparse sparse) throws InvalidLayerException {
    long end = 0;
    long sum = 0;
    for (TarEntry.Segment segment : sparse.segments) {
      boolean sound =
          segment.offset() >= end
              && segment.length() >= 0
              && segment.offset() <= sparse.realSize - segment.length();
      if (!sound) {
        throw invalid();
      }
      end = segment.offset() + segment.length();
      sum += segment.length();
    }
    if (sparse.realSize < 0 || sum != remaining) {
      throw invalid();
    }
  }

  private static char typeOf(TarHeader header, String name) {
    char type = header.type();
    if (type == 0) {
      return name.endsWith("/") ? TarEntry.DIRECTORY : TarEntry.FILE;
    }
    return type;
  }

  private static long[] time(@Nullable String decimal, long otherwise)
      throws InvalidLayerException {
    if (decimal == null) {
      return new long[] {otherwise, 0};
    }
    int point = decimal.indexOf('.');
    if (point < 0) {
      return new long[] {PaxRecords.parseNumber(decimal), 0};
    }
    String digits = (decimal.substring(point + 1) + "000000000").substring(0, 9);
    long fraction = PaxRecords.parseNumber(digits);
    String whole = decimal.substring(0, point);
    long seconds = whole.isEmpty() || whole.equals("-") ? 0 : PaxRecords.parseNumber(whole);
    if (fraction < 0) {
      throw invalid();
    }
    if (fraction > 0 && whole.startsWith("-")) {
      return new long[] {seconds - 1, NANOS - fraction};
    }
    return new long[] {seconds, fraction};
  }

  private static int id(long id) throws InvalidLayerException {
    if (id < 0 || id > 0xffffffffL) {
      throw invalid();
    }
    return (int) id;
  }

  private static String firstOf(@Nullable String first, @Nullable String second, String last) {
    return first != null ? first : second != null ? second : last;
  }

  private static String untilZero(byte[] data) {
    int end = 0;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    return new String(data, 0, end, ISO_8859_1);
  }

  private static int paddingOf(long size) {
    return (int) (-size & (BLOCK - 1));
  }

  private void skipFully(long count) throws IOException {
    try {
      in.skipNBytes(count);
    } catch (EOFException e) {
      throw truncated();
    }
  }

  private static InvalidLayerException invalid() {
    return new InvalidLayerException("archive/tar: invalid tar header");
  }

  private static InvalidLayerException truncated() {
    return new InvalidLayerException("unexpected EOF");
  }
}
