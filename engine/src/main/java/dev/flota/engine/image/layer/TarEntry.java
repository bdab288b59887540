package dev.flota.engine.image.layer;

import java.util.List;
import java.util.Map;

/**
 * One entry of a tar archive. Names are bytes, held as ISO 8859-1 characters.
 *
 * @param type the header's type flag; {@code '0'} also for the older {@code '\0'}
 * @param size bytes of the file; for a sparse one that of the file with its holes
 * @param storedSize bytes in the archive
 * @param seconds modification time since 1970
 * @param nanoseconds of the modification time, 0 to 999 999 999
 * @param attributes extended attributes by their full name
 * @param segments where the stored bytes lie in a sparse file; empty for any other file
 */
record TarEntry(
    String name,
    String linkName,
    char type,
    int mode,
    int user,
    int group,
    long size,
    long storedSize,
    long seconds,
    int nanoseconds,
    long deviceMajor,
    long deviceMinor,
    Map<String, byte[]> attributes,
    List<Segment> segments) {
  static final char FILE = '0';
  static final char HARD_LINK = '1';
  static final char SYMBOLIC_LINK = '2';
  static final char CHARACTER_DEVICE = '3';
  static final char BLOCK_DEVICE = '4';
  static final char DIRECTORY = '5';
  static final char FIFO = '6';
  static final char GLOBAL_HEADER = 'g';

  /** A run of stored bytes. */
  record Segment(long offset, long length) {}
}
