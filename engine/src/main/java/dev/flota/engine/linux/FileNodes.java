package dev.flota.engine.linux;

import com.sun.jna.NativeLong;
import java.nio.file.Path;

/** Special files. */
public final class FileNodes {
  /** S_IFCHR. */
  public static final int CHARACTER_DEVICE = 0x2000;

  /** S_IFBLK. */
  public static final int BLOCK_DEVICE = 0x6000;

  /** S_IFIFO. */
  public static final int FIFO = 0x1000;

  private FileNodes() {}

  /**
   * Makes a device node or FIFO.
   *
   * @param mode type and permissions
   * @param device see {@link #device}, 0 for a FIFO
   */
  public static void make(Path path, int mode, long device) {
    if (LibC.mknod(path.toString(), mode, new NativeLong(device)) < 0) {
      throw LinuxException.last("mknod " + path);
    }
  }

  /** The number of a device, as glibc's {@code makedev}. */
  public static long device(int major, int minor) {
    return (major & 0xfffL) << 8
        | (major & 0xfffff000L) << 32
        | (minor & 0xffL)
        | (minor & 0xffffff00L) << 12;
  }

  /** The major part of a device number. */
  public static int major(long device) {
    return (int) ((device >>> 8 & 0xfff) | (device >>> 32 & 0xfffff000L));
  }

  /** The minor part of a device number. */
  public static int minor(long device) {
    return (int) ((device & 0xff) | (device >>> 12 & 0xffffff00L));
  }
}
