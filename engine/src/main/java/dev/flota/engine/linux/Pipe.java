package dev.flota.engine.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/** An anonymous pipe. */
public final class Pipe implements AutoCloseable {
  private static final int POLLIN = 1;
  private final Descriptor readEnd;
  private final Descriptor writeEnd;

  private Pipe(Descriptor readEnd, Descriptor writeEnd) {
    this.readEnd = readEnd;
    this.writeEnd = writeEnd;
  }

  /** A new pipe. */
  public static Pipe open() {
    int[] ends = new int[2];
    if (LibC.pipe2(ends, Open.CLOSE_ON_EXEC) < 0) {
      throw LinuxException.last("pipe");
    }
    return new Pipe(new Descriptor(ends[0]), new Descriptor(ends[1]));
  }

  /** Where to read. */
  public Descriptor readEnd() {
    return readEnd;
  }

  /** Where to write. */
  public Descriptor writeEnd() {
    return writeEnd;
  }

  /** Writes a few bytes. */
  public void write(String text) {
    writeEnd.write(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * What can be read next, waiting for it.
   *
   * @return empty at the end
   * @throws LinuxException with {@link Errno#EAGAIN} when nothing came for so long
   */
  public byte[] read(int size, Duration patience) {
    awaitReadable(readEnd, patience);
    byte[] buffer = new byte[size];
    long count;
    do {
      count = LibC.read(readEnd.number(), buffer, new NativeLong(size)).longValue();
    } while (count < 0 && Native.getLastError() == Errno.EINTR);
    if (count < 0) {
      throw LinuxException.last("read from pipe");
    }
    return Arrays.copyOf(buffer, (int) count);
  }

  private static void awaitReadable(Descriptor descriptor, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    try (Memory poll = new Memory(8)) {
      poll.setInt(0, descriptor.number());
      poll.setInt(4, POLLIN);
      while (true) {
        long left = Math.max(0, (end - System.nanoTime()) / 1_000_000);
        int ready = LibC.poll(poll, new NativeLong(1), (int) left);
        if (ready > 0) {
          return;
        }
        if (ready == 0) {
          throw new LinuxException("read from pipe", Errno.EAGAIN);
        }
        if (Native.getLastError() != Errno.EINTR) {
          throw LinuxException.last("poll");
        }
      }
    }
  }

  @Override
  public void close() {
    readEnd.close();
    writeEnd.close();
  }
}
