package dev.flota.engine.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor with one owner. All that this package opens are closed on exec. The descriptor
 * must not be closed while another thread uses it.
 */
public final class Descriptor implements AutoCloseable {
  private static final int CLOSED = -1;
  private static final int POLLIN = 1;
  private final AtomicInteger number;

  Descriptor(int number) {
    this.number = new AtomicInteger(number);
  }

  static Descriptor of(int result, String action) {
    if (result < 0) {
      throw LinuxException.last(action);
    }
    return new Descriptor(result);
  }

  /** Opens for reading. */
  public static Descriptor read(Path path) {
    return open(path, Open.READ_ONLY, 0);
  }

  /**
   * Opens with {@code open(2)}'s flags, see {@link Open}.
   *
   * @param mode of a file that is created
   */
  public static Descriptor open(Path path, int flags, int mode) {
    return of(LibC.open(path.toString(), flags | Open.CLOSE_ON_EXEC, mode), "open " + path);
  }

  /** The number the kernel knows it by. */
  public int number() {
    int current = number.get();
    if (current == CLOSED) {
      throw new IllegalStateException("closed descriptor");
    }
    return current;
  }

  /** A path that names the open file itself, for APIs that take paths. */
  public Path path() {
    return Path.of("/proc/self/fd/" + number());
  }

  /**
   * What can be read next, waiting for it.
   *
   * @return empty at the end
   * @throws LinuxException with {@link Errno#EAGAIN} when nothing came for so long
   */
  public byte[] read(int size, Duration patience) {
    if (!awaitReadable(patience)) {
      throw new LinuxException("read", Errno.EAGAIN);
    }
    byte[] buffer = new byte[size];
    long count;
    do {
      count = LibC.read(number(), buffer, new NativeLong(size)).longValue();
    } while (count < 0 && Native.getLastError() == Errno.EINTR);
    if (count < 0) {
      throw LinuxException.last("read");
    }
    return Arrays.copyOf(buffer, (int) count);
  }

  /** Waits until there is something to read, or the end; false when the time is over. */
  boolean awaitReadable(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    try (Memory poll = new Memory(8)) {
      poll.setInt(0, number());
      poll.setInt(4, POLLIN);
      while (true) {
        long left = Math.max(0, (end - System.nanoTime() + 999_999) / 1_000_000);
        int ready = LibC.poll(poll, new NativeLong(1), (int) left);
        if (ready >= 0) {
          return ready > 0;
        }
        if (Native.getLastError() != Errno.EINTR) {
          throw LinuxException.last("poll");
        }
      }
    }
  }

  /** Writes a few bytes, all at once. */
  public void write(byte[] bytes) {
    if (LibC.write(number(), bytes, new NativeLong(bytes.length)).longValue() != bytes.length) {
      throw LinuxException.last("write");
    }
  }

  @Override
  public void close() {
    int current = number.getAndSet(CLOSED);
    if (current != CLOSED) {
      LibC.close(current);
    }
  }
}
