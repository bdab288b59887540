package dev.flota.engine.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Finds from a file's end a place before its last lines, reading no more than it must.
 *
 * @param offset where a record starts
 * @param lines ends of lines between there and the file's end, no more than were asked for unless
 *     the margin holds some
 */
record TailScan(long offset, long lines) {
  /**
   * The two streams' records lie between each other, so a line may have begun before the place at
   * which enough ends of lines were seen. This much more is read to hold its beginning.
   */
  private static final int MARGIN_BYTES = 64 << 10;

  private static final int BLOCK_BYTES = 64 << 10;
  private static final int HEADER_BYTES = 64;

  /** A file that does not exist has no lines. */
  static TailScan of(Path path, long wanted) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return new Scanner(channel).scan(wanted);
    } catch (NoSuchFileException none) {
      return new TailScan(0, 0);
    }
  }

  private static final class Scanner {
    private final FileChannel channel;
    private long lines;
    private long enoughAt = -1;

    Scanner(FileChannel channel) {
      this.channel = channel;
    }

    TailScan scan(long wanted) throws IOException {
      long end = channel.size(); // of what is still to be looked at: after a newline, mostly
      long recordStart = end;
      while (end > 0) {
        long start = Math.max(0, end - BLOCK_BYTES);
        byte[] block = read(start, (int) (end - start));
        for (int index = block.length - 1; index >= 0; index--) {
          boolean boundary = block[index] == '\n' && start + index + 1 < channel.size();
          if (boundary) {
            recordStart = start + index + 1;
            count(header(block, start, recordStart), recordStart, wanted);
            if (farEnough(recordStart)) {
              return new TailScan(recordStart, lines);
            }
          }
        }
        end = start;
      }
      if (recordStart > 0) {
        count(read(0, HEADER_BYTES), 0, wanted);
      }
      return new TailScan(0, lines);
    }

    private byte[] header(byte[] block, long start, long recordStart) throws IOException {
      int index = (int) (recordStart - start);
      return index + HEADER_BYTES <= block.length
          ? Arrays.copyOfRange(block, index, index + HEADER_BYTES)
          : read(recordStart, HEADER_BYTES);
    }

    private void count(byte[] header, long recordStart, long wanted) {
      if (LogRecord.endsLine(header)) {
        lines++;
        if (lines > wanted && enoughAt < 0) {
          enoughAt = recordStart;
        }
      }
    }

    private boolean farEnough(long recordStart) {
      return enoughAt >= 0 && enoughAt - recordStart >= MARGIN_BYTES;
    }

    private byte[] read(long offset, int size) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(size);
      long position = offset;
      while (buffer.hasRemaining()) {
        int count = channel.read(buffer, position);
        if (count < 0) {
          break;
        }
        position += count;
      }
      return Arrays.copyOf(buffer.array(), buffer.position());
    }
  }
}
