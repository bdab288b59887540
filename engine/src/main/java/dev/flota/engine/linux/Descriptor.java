package dev.flota.engine.linux;

import com.sun.jna.NativeLong;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor with one owner. All that this package opens are closed on exec. The descriptor
 * must not be closed while another thread uses it.
 */
public final class Descriptor implements AutoCloseable {
  private static final int CLOSED = -1;
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
