package dev.flota.engine.linux;

/** Error numbers of Linux that someone decides by (the same on amd64 and arm64). */
public final class Errno {
  /** Operation not permitted. */
  public static final int EPERM = 1;

  /** No such file or directory. */
  public static final int ENOENT = 2;

  /** No such process. */
  public static final int ESRCH = 3;

  /** Interrupted system call. */
  public static final int EINTR = 4;

  /** No such device or address; a FIFO without a reader. */
  public static final int ENXIO = 6;

  /** Bad file descriptor. */
  public static final int EBADF = 9;

  /** No child processes. */
  public static final int ECHILD = 10;

  /** Try again. */
  public static final int EAGAIN = 11;

  /** Permission denied. */
  public static final int EACCES = 13;

  /** Device or resource busy. */
  public static final int EBUSY = 16;

  /** File exists. */
  public static final int EEXIST = 17;

  /** Not a directory. */
  public static final int ENOTDIR = 20;

  /** Invalid argument. */
  public static final int EINVAL = 22;

  /** Broken pipe. */
  public static final int EPIPE = 32;

  /** Too many levels of symbolic links. */
  public static final int ELOOP = 40;

  /** Connection reset by peer. */
  public static final int ECONNRESET = 104;

  /** Connection refused. */
  public static final int ECONNREFUSED = 111;

  private Errno() {}
}
