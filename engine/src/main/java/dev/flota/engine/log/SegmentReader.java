package dev.flota.engine.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lines of one log file that may grow, be emptied, or be replaced by a new file of the same name
 * (which is how conmon rotates). A line is given once it is whole.
 */
final class SegmentReader implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;

  private final Path path;
  private final long end;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).flip();
  private byte[] begun = new byte[0];
  private @Nullable FileChannel channel;
  private @Nullable Object key;
  private long readBytes;
  private boolean replaced;

  /**
   * Opened once it is there.
   *
   * @param end bytes after which nothing is read, of the file that is there now or of its successor
   */
  SegmentReader(Path path, long end) {
    this.path = path;
    this.end = end;
  }

  /** Goes on at an offset at which a line starts. */
  void seek(long offset) {
    try {
      if (open()) {
        FileChannel file = file();
        file.position(offset);
        readBytes = offset;
        buffer.clear().flip();
        begun = new byte[0];
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Where the next line starts; -1 when the file was not there yet. */
  long offset() {
    return channel == null ? -1 : readBytes - buffer.remaining() - begun.length;
  }

  /** The next whole line without its newline; empty when there is none yet. */
  Optional<byte[]> next() {
    try {
      while (true) {
        Optional<byte[]> line = fromBuffer();
        if (line.isPresent() || !fill()) {
          return line;
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private Optional<byte[]> fromBuffer() {
    byte[] bytes = buffer.array();
    for (int index = buffer.position(); index < buffer.limit(); index++) {
      if (bytes[index] == '\n') {
        byte[] line = taken(index);
        begun = new byte[0];
        buffer.position(index + 1);
        return Optional.of(line);
      }
    }
    begun = taken(buffer.limit());
    buffer.position(buffer.limit());
    return Optional.empty();
  }

  private byte[] taken(int end) {
    int size = end - buffer.position();
    byte[] line = Arrays.copyOf(begun, begun.length + size);
    System.arraycopy(buffer.array(), buffer.position(), line, begun.length, size);
    return line;
  }

  /** Whether there are new bytes. */
  private boolean fill() throws IOException {
    if (!open()) {
      return false;
    }
    while (true) {
      buffer.clear();
      buffer.limit(Math.clamp(end - readBytes, 0, buffer.capacity()));
      int count = buffer.hasRemaining() ? file().read(buffer) : 0;
      buffer.flip();
      if (count > 0) {
        readBytes += count;
        return true;
      }
      if (readBytes >= end || !changed()) {
        return false;
      }
    }
  }

  /** At the end of the file: whether it is another one by now, or was emptied. */
  private boolean changed() throws IOException {
    if (replaced) { // and everything that was written before is read
      close();
      begun = new byte[0];
      return open();
    }
    if (file().size() < readBytes) {
      file().position(0);
      readBytes = 0;
      begun = new byte[0];
      return true;
    }
    replaced = !sameFile();
    return replaced;
  }

  private boolean sameFile() throws IOException {
    try {
      return Files.getAttribute(path, "unix:ino").equals(key);
    } catch (NoSuchFileException gone) {
      return true; // nothing to go on with yet
    }
  }

  private boolean open() throws IOException {
    if (channel != null) {
      return true;
    }
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      key = Files.getAttribute(path, "unix:ino");
      readBytes = 0;
      replaced = false;
      return true;
    } catch (NoSuchFileException notYet) {
      return false;
    }
  }

  private FileChannel file() {
    if (channel == null) {
      throw new IllegalStateException("not open: " + path);
    }
    return channel;
  }

  @Override
  public void close() {
    try {
      if (channel != null) {
        channel.close();
        channel = null;
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
