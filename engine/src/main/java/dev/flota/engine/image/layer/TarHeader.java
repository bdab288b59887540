package dev.flota.engine.image.layer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The fields of one 512-byte header block (POSIX ustar, GNU and the older V7 form). */
final class TarHeader {
  static final int BLOCK = 512;

  private static final int CHECKSUM = 148;
  private static final int CHECKSUM_END = 156;
  private static final int MAGIC = 257;
  private static final int PREFIX = 345;
  private static final int PREFIX_LENGTH = 155;

  private final byte[] block;

  TarHeader(byte[] block) {
    this.block = block;
  }

  boolean isZero() {
    for (byte each : block) {
      if (each != 0) {
        return false;
      }
    }
    return true;
  }

  void verifyChecksum() throws InvalidLayerException {
    long stored = number(CHECKSUM, 8);
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte value = i >= CHECKSUM && i < CHECKSUM_END ? (byte) ' ' : block[i];
      unsigned += value & 0xff;
      signed += value;
    }
    if (stored != unsigned && stored != signed) {
      throw new InvalidLayerException("archive/tar: invalid tar header");
    }
  }

  String name() {
    String name = text(0, 100);
    String prefix = isPosix() ? text(PREFIX, PREFIX_LENGTH) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  int mode() throws InvalidLayerException {
    return (int) number(100, 8);
  }

  long user() throws InvalidLayerException {
    return number(108, 8);
  }

  long group() throws InvalidLayerException {
    return number(116, 8);
  }

  long size() throws InvalidLayerException {
    return number(124, 12);
  }

  long seconds() throws InvalidLayerException {
    return number(136, 12);
  }

  char type() {
    return (char) (block[156] & 0xff);
  }

  String linkName() {
    return text(157, 100);
  }

  long deviceMajor() throws InvalidLayerException {
    return isOld() ? 0 : number(329, 8);
  }

  long deviceMinor() throws InvalidLayerException {
    return isOld() ? 0 : number(337, 8);
  }

  /** Octal digits, or GNU's binary form for what they cannot hold. */
  long number(int offset, int length) throws InvalidLayerException {
    return (block[offset] & 0x80) != 0 ? binary(offset, length) : octal(offset, length);
  }

  boolean flag(int offset) {
    return block[offset] != 0;
  }

  /** Whether the field holds nothing. */
  boolean isEmpty(int offset) {
    return block[offset] == 0;
  }

  private long octal(int offset, int length) throws InvalidLayerException {
    int start = offset;
    int end = offset + length;
    while (start < end && (block[start] == ' ' || block[start] == 0)) {
      start++;
    }
    long value = 0;
    for (int i = start; i < end && block[i] != 0 && block[i] != ' '; i++) {
      int digit = block[i] - '0';
      if (digit < 0 || digit > 7) {
        throw new InvalidLayerException("archive/tar: invalid tar header");
      }
      value = value * 8 + digit;
    }
    return value;
  }

  private long binary(int offset, int length) throws InvalidLayerException {
    boolean negative = (block[offset] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int each = block[offset + i] & 0xff;
      int digit = i > 0 ? each : negative ? each | 0x80 : each & 0x7f;
      long top = value >> 55;
      if (top != 0 && top != -1) {
        throw new InvalidLayerException("archive/tar: invalid tar header");
      }
      value = value << 8 | digit;
    }
    return value;
  }

  private boolean isPosix() {
    return block[MAGIC + 5] == 0 && magic();
  }

  private boolean isOld() {
    return !magic();
  }

  private boolean magic() {
    return Arrays.equals(
        block, MAGIC, MAGIC + 5, "ustar".getBytes(StandardCharsets.ISO_8859_1), 0, 5);
  }

  private String text(int offset, int length) {
    int end = offset;
    while (end < offset + length && block[end] != 0) {
      end++;
    }
    return new String(block, offset, end - offset, StandardCharsets.ISO_8859_1);
  }
}
