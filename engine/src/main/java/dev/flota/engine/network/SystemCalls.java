package dev.flota.engine.network;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import org.jspecify.annotations.Nullable;

/** The Linux calls that networks need, with their constants ({@code man 2}). */
final class SystemCalls {
  static final int CLONE_NEWNET = 0x40000000;

  static final long MS_BIND = 0x1000;
  static final long MS_REC = 0x4000;
  static final long MS_SHARED = 1L << 20;
  static final int MNT_DETACH = 2;

  static final int AF_INET = 2;
  static final int AF_NETLINK = 16;
  static final int SOCK_STREAM = 1;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_RAW = 3;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int SOL_SOCKET = 1;
  static final int SO_REUSEADDR = 2;
  static final int IPPROTO_SCTP = 132;
  static final int NETLINK_ROUTE = 0;
  static final int NETLINK_NETFILTER = 12;

  static final int O_RDONLY = 0;
  static final int O_CLOEXEC = 0x80000;

  static final int ENOENT = 2;
  static final int ESRCH = 3;
  static final int EEXIST = 17;
  static final int ENODEV = 19;
  static final int EINVAL = 22;
  static final int EPROTONOSUPPORT = 93;
  static final int ESOCKTNOSUPPORT = 94;
  static final int EADDRNOTAVAIL = 99;

  static {
    Native.register(SystemCalls.class, "c");
  }

  private SystemCalls() {}

  static native int unshare(int flags) throws LastErrorException;

  static native int setns(int descriptor, int type) throws LastErrorException;

  static native int mount(
      @Nullable String source,
      String target,
      @Nullable String type,
      NativeLong flags,
      @Nullable String data)
      throws LastErrorException;

  static native int umount2(String target, int flags) throws LastErrorException;

  static native int open(String path, int flags) throws LastErrorException;

  static native int close(int descriptor) throws LastErrorException;

  static native int socket(int domain, int type, int protocol) throws LastErrorException;

  static native int bind(int socket, byte[] address, int length) throws LastErrorException;

  static native int listen(int socket, int backlog) throws LastErrorException;

  static native int setsockopt(int socket, int level, int option, byte[] value, int length)
      throws LastErrorException;

  static native String strerror(int error);

  static native NativeLong send(int socket, byte[] data, NativeLong length, int flags)
      throws LastErrorException;

  static native NativeLong recv(int socket, byte[] buffer, NativeLong length, int flags)
      throws LastErrorException;
}
