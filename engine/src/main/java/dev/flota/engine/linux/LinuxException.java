package dev.flota.engine.linux;

import com.sun.jna.Native;

/** A system call failed. */
public final class LinuxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * A failed call.
   *
   * @param action the call and what it was about, "mount /a on /b"
   * @param errno see {@link Errno}
   */
  public LinuxException(String action, int errno) {
    super(action + ": " + message(errno));
    this.errno = errno;
  }

  /** The error number, see {@link Errno}. */
  public int errno() {
    return errno;
  }

  /** The C library's words for an error number. */
  public static String message(int errno) {
    return StrError.of(errno);
  }

  static LinuxException last(String action) {
    return new LinuxException(action, Native.getLastError());
  }

  private static final class StrError {
    static {
      Native.register(StrError.class, "c");
    }

    private static native String strerror(int errno);

    static String of(int errno) {
      return strerror(errno);
    }
  }
}
