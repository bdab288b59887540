package dev.flota.engine.image.layer;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The C library's calls for files that the JDK does not offer, or offers only for names that the
 * locale can spell: a layer's names are bytes. Paths are zero-terminated. Each call throws {@link
 * LastErrorException} with {@code errno} where the manual page says it returns -1.
 */
final class FileCalls {
  static final int AT_FDCWD = -100;
  static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_REMOVEDIR = 0x200;

  static final int O_RDONLY = 0;
  static final int O_WRONLY = 1;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_CLOEXEC = 0x80000;
  static final int O_PATH = 0x200000;

  static final int S_IFIFO = 0x1000;
  static final int S_IFCHR = 0x2000;
  static final int S_IFBLK = 0x6000;

  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EEXIST = 17;
  static final int ENOTDIR = 20;
  static final int EISDIR = 21;
  static final int EINVAL = 22;
  static final int ENAMETOOLONG = 36;
  static final int ELOOP = 40;
  static final int ENOTSUP = 95;

  // The only two flags whose numbers differ between the processors Linux containers run on.
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");
  static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
  static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;

  static {
    Native.register(FileCalls.class, "c");
  }

  private FileCalls() {}

  static native int openat(int directory, byte[] path, int flags, int mode)
      throws LastErrorException;

  static native int close(int descriptor) throws LastErrorException;

  static native long write(int descriptor, Pointer data, long count) throws LastErrorException;

  static native long lseek(int descriptor, long offset, int whence) throws LastErrorException;

  static native int ftruncate(int descriptor, long length) throws LastErrorException;

  static native int mkdirat(int directory, byte[] path, int mode) throws LastErrorException;

  static native int symlinkat(byte[] target, int directory, byte[] path) throws LastErrorException;

  static native int linkat(int oldDirectory, byte[] oldPath, int directory, byte[] path, int flags)
      throws LastErrorException;

  static native int mknodat(int directory, byte[] path, int mode, long device)
      throws LastErrorException;

  static native int unlinkat(int directory, byte[] path, int flags) throws LastErrorException;

  static native long readlinkat(int directory, byte[] path, byte[] target, long size)
      throws LastErrorException;

  static native int fchown(int descriptor, int user, int group) throws LastErrorException;

  static native int fchownat(int directory, byte[] path, int user, int group, int flags)
      throws LastErrorException;

  static native int fchmod(int descriptor, int mode) throws LastErrorException;

  static native int fchmodat(int directory, byte[] path, int mode, int flags)
      throws LastErrorException;

  /** Times are access and modification, each in seconds and nanoseconds. */
  static native int futimens(int descriptor, long[] times) throws LastErrorException;

  static native int utimensat(int directory, byte[] path, long[] times, int flags)
      throws LastErrorException;

  static native int fsetxattr(int descriptor, byte[] name, byte[] value, long size, int flags)
      throws LastErrorException;

  static native int lsetxattr(byte[] path, byte[] name, byte[] value, long size, int flags)
      throws LastErrorException;

  static native int syncfs(int descriptor) throws LastErrorException;

  private static native String strerror(int error);

  /** {@code errno} in Go's words, which are Docker's: {@code no space left on device}. */
  static String text(int error) {
    String text = strerror(error);
    return text.isEmpty()
        ? "errno " + error
        : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }

  /** A path or a name for a call: its characters are bytes (ISO 8859-1), a zero is put behind. */
  static byte[] path(String bytes) {
    byte[] latin = bytes.getBytes(StandardCharsets.ISO_8859_1);
    return java.util.Arrays.copyOf(latin, latin.length + 1);
  }

  /** Linux's device number as {@code makedev} of the C library packs it. */
  static long device(long major, long minor) {
    return ((major & 0xfffff000L) << 32)
        | ((major & 0xfffL) << 8)
        | ((minor & 0xffffff00L) << 12)
        | (minor & 0xffL);
  }
}
