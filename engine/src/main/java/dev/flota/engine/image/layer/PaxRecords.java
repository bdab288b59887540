package dev.flota.engine.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records of a POSIX extended header ({@code LENGTH KEY=VALUE\n}). Values stay bytes: a file
 * capability is not text.
 */
final class PaxRecords {
  static final PaxRecords NONE = new PaxRecords();

  private static final String ATTRIBUTE = "SCHILY.xattr.";
  private static final String SPARSE_OFFSET = "GNU.sparse.offset";
  private static final String SPARSE_LENGTH = "GNU.sparse.numbytes";

  private final Map<String, byte[]> values = new HashMap<>();
  private final Map<String, byte[]> attributes = new LinkedHashMap<>();
  private final List<TarEntry.Segment> segments = new ArrayList<>();

  private PaxRecords() {}

  static PaxRecords parse(byte[] data) throws InvalidLayerException {
    PaxRecords records = new PaxRecords();
    int position = 0;
    while (position < data.length && data[position] != 0) {
      position = records.readOne(data, position);
    }
    return records;
  }

  @Nullable String text(String key) {
    byte[] value = values.get(key);
    return value == null || value.length == 0 ? null : new String(value, ISO_8859_1);
  }

  long number(String key, long otherwise) throws InvalidLayerException {
    String text = text(key);
    return text == null ? otherwise : parseNumber(text);
  }

  Map<String, byte[]> attributes() {
    return attributes;
  }

  /** Segments in the form of GNU's sparse format 0.0, a record each. */
  List<TarEntry.Segment> segments() {
    return segments;
  }

  static long parseNumber(String text) throws InvalidLayerException {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      throw invalid();
    }
  }

  private int readOne(byte[] data, int start) throws InvalidLayerException {
    int space = indexOf(data, ' ', start, Math.min(data.length, start + 12));
    long length = parseNumber(new String(data, start, space - start, ISO_8859_1));
    if (length <= space - start + 1 || length > data.length - start) {
      throw invalid();
    }
    int end = start + (int) length;
    if (data[end - 1] != '\n') {
      throw invalid();
    }
    int equals = indexOf(data, '=', space + 1, end - 1);
    String key = new String(data, space + 1, equals - space - 1, ISO_8859_1);
    keep(key, Arrays.copyOfRange(data, equals + 1, end - 1));
    return end;
  }

  private void keep(String key, byte[] value) throws InvalidLayerException {
    if (key.startsWith(ATTRIBUTE)) {
      attributes.put(key.substring(ATTRIBUTE.length()), value);
      return;
    }
    values.put(key, value);
    if (key.equals(SPARSE_LENGTH)) {
      long offset = number(SPARSE_OFFSET, -1);
      segments.add(new TarEntry.Segment(offset, number(SPARSE_LENGTH, -1)));
    }
  }

  private static int indexOf(byte[] data, char wanted, int from, int to)
      throws InvalidLayerException {
    for (int i = from; i < to; i++) {
      if (data[i] == wanted) {
        return i;
      }
    }
    throw invalid();
  }

  private static InvalidLayerException invalid() {
    return new InvalidLayerException("archive/tar: invalid tar header");
  }
}
