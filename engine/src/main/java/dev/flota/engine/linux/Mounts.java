package dev.flota.engine.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Mounting, by {@code mount(2)} and {@code umount2(2)}. */
public final class Mounts {
  /** MS_RDONLY. */
  public static final long READ_ONLY = 1;

  /** MS_NOSUID. */
  public static final long NO_SET_USER_ID = 2;

  /** MS_NODEV. */
  public static final long NO_DEVICES = 4;

  /** MS_NOEXEC. */
  public static final long NO_EXECUTE = 8;

  /** MS_REMOUNT. */
  public static final long REMOUNT = 0x20;

  /** MS_BIND. */
  public static final long BIND = 0x1000;

  /** MS_REC. */
  public static final long RECURSIVE = 0x4000;

  /** MS_PRIVATE. */
  public static final long PRIVATE = 0x40000;

  /** MS_SLAVE. */
  public static final long SLAVE = 0x80000;

  /** MS_SHARED. */
  public static final long SHARED = 0x100000;

  /** The kernel takes one page of options, its terminating zero included. */
  public static final int MAXIMUM_OPTION_BYTES = 4095;

  private static final int DETACH = 2;
  private static final int NO_FOLLOW = 8;

  private Mounts() {}

  /** Mounts. */
  public static void mount(
      @Nullable String source,
      String target,
      @Nullable String type,
      long flags,
      @Nullable String data) {
    if (LibC.mount(source, target, type, new NativeLong(flags), data) < 0) {
      throw LinuxException.last("mount " + (type == null ? source : type) + " on " + target);
    }
  }

  /** Shows {@code source} at {@code target} too. */
  public static void bind(Path source, Path target) {
    mount(source.toString(), target.toString(), null, BIND, null);
  }

  /**
   * Unmounts, at once or, where it is busy, as soon as nobody uses it.
   *
   * @return whether something was mounted there
   */
  public static boolean unmount(Path target) {
    if (LibC.umount2(target.toString(), DETACH | NO_FOLLOW) == 0) {
      return true;
    }
    int errno = Native.getLastError();
    if (errno == Errno.EINVAL || errno == Errno.ENOENT) {
      return false;
    }
    throw new LinuxException("unmount " + target, errno);
  }
}
