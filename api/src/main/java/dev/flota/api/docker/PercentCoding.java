package dev.flota.api.docker;

import dev.flota.engine.EngineException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** RFC 3986 percent-encoding, as Go's net/url decodes it. */
final class PercentCoding {
  private PercentCoding() {}

  /** A path, in which a plus sign is a plus sign. */
  static String decodePath(String text) {
    return decode(text, false);
  }

  /** A name or value of a query, in which a plus sign is a space. */
  static String decodeQuery(String text) {
    return decode(text, true);
  }

  private static String decode(String text, boolean plusIsSpace) {
    if (text.indexOf('%') < 0 && (!plusIsSpace || text.indexOf('+') < 0)) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream decoded = new ByteArrayOutputStream(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '%') {
        decoded.write(hex(text, bytes, i + 1) << 4 | hex(text, bytes, i + 2));
        i += 2;
      } else {
        decoded.write(plusIsSpace && bytes[i] == '+' ? ' ' : bytes[i]);
      }
    }
    return decoded.toString(StandardCharsets.UTF_8);
  }

  private static int hex(String text, byte[] bytes, int index) {
    int digit = index < bytes.length ? Character.digit(bytes[index], 16) : -1;
    if (digit < 0) {
      throw EngineException.invalid("invalid URL escape in \"%s\"".formatted(text));
    }
    return digit;
  }
}
