package dev.flota.lab.harness;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Head of an HTTP/1.1 message, and the reading of its body.
 *
 * @param first request line or status line
 * @param headers last value of each, names in lower case
 */
record HttpMessage(String first, Map<String, String> headers) {
  /** Bodies beyond this are passed on but not kept. */
  private static final int KEPT = 8 << 20;

  private static final int LONGEST_LINE = 65536;

  /** What comes is not, or no longer, HTTP. */
  static final class NotHttpException extends IOException {
    private NotHttpException(String line) {
      super("not HTTP: " + line);
    }
  }

  /** Null at the end of the stream. */
  static @Nullable HttpMessage readHead(InputStream stream) throws IOException {
    String first = readLine(stream);
    if (first == null) {
      return null;
    }
    if (!first.contains("HTTP/1.")) {
      throw new NotHttpException(first);
    }
    Map<String, String> headers = new TreeMap<>();
    for (String line = readLine(stream); line != null && !line.isEmpty(); line = readLine(stream)) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        throw new NotHttpException(line);
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return new HttpMessage(first, headers);
  }

  /** Nth word of the first line. */
  String word(int index) {
    List<String> words = new ArrayList<>(List.of(first.split(" ", 3)));
    return index < words.size() ? words.get(index) : "";
  }

  int status() {
    return Integer.parseInt(word(1));
  }

  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  boolean isChunked() {
    return header("transfer-encoding").equalsIgnoreCase("chunked");
  }

  /** Reads the body of a request, or of an answer that may have one. */
  byte[] readBody(InputStream stream, boolean untilEnd) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if (isChunked()) {
      readChunks(stream, body);
    } else if (headers.containsKey("content-length")) {
      copy(stream, Long.parseLong(header("content-length")), body);
    } else if (untilEnd) {
      copy(stream, Long.MAX_VALUE, body);
    }
    return body.toByteArray();
  }

  private static void readChunks(InputStream stream, ByteArrayOutputStream body)
      throws IOException {
    while (true) {
      String size = requiredLine(stream);
      long length = Long.parseLong(size.split(";", 2)[0].strip(), 16);
      if (length == 0) {
        readTrailers(stream);
        return;
      }
      copy(stream, length, body);
      requiredLine(stream);
    }
  }

  private static void readTrailers(InputStream stream) throws IOException {
    String line = requiredLine(stream);
    while (!line.isEmpty()) {
      line = requiredLine(stream);
    }
  }

  private static void copy(InputStream stream, long length, ByteArrayOutputStream body)
      throws IOException {
    byte[] buffer = new byte[8192];
    long left = length;
    while (left > 0) {
      int count = stream.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (count < 0) {
        if (length == Long.MAX_VALUE) {
          return;
        }
        throw new EOFException(left + " bytes of the body are missing");
      }
      left -= count;
      if (body.size() + count <= KEPT) {
        body.write(buffer, 0, count);
      }
    }
  }

  private static String requiredLine(InputStream stream) throws IOException {
    String line = readLine(stream);
    if (line == null) {
      throw new EOFException("the stream ends within a message");
    }
    return line;
  }

  private static @Nullable String readLine(InputStream stream) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = stream.read(); next >= 0; next = stream.read()) {
      if (next == '\n') {
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
      }
      line.write(next);
      if (line.size() > LONGEST_LINE) {
        throw new NotHttpException("a line of more than " + LONGEST_LINE + " bytes");
      }
    }
    if (line.size() == 0) {
      return null;
    }
    throw new EOFException("the stream ends within a line");
  }
}
