package dev.flota.engine.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The C library's functions as they are. Variadic ones are declared with the arguments that are
 * used, which is right for integer arguments on amd64 and arm64. After a -1 the error number is in
 * {@link Native#getLastError()}.
 */
final class LibC {
  static {
    Native.register(LibC.class, "c");
  }

  private LibC() {}

  static native int open(String path, int flags, int mode);

  static native int close(int descriptor);

  static native int memfd_create(String name, int flags);

  static native int pipe2(int[] descriptors, int flags);

  static native int fcntl(int descriptor, int command, int argument);

  static native NativeLong tee(int from, int to, NativeLong size, int flags);

  static native NativeLong read(int descriptor, Pointer buffer, NativeLong size);

  static native NativeLong read(int descriptor, byte[] buffer, NativeLong size);

  static native NativeLong write(int descriptor, byte[] buffer, NativeLong size);

  static native int socket(int domain, int type, int protocol);

  static native int connect(int descriptor, Pointer address, int size);

  static native int shutdown(int descriptor, int how);

  static native int setsockopt(
      int descriptor, int level, int option, IntByReference value, int size);

  static native int setsockopt(int descriptor, int level, int option, Pointer value, int size);

  static native int bind(int descriptor, Pointer address, int size);

  static native NativeLong sendto(
      int descriptor, byte[] data, NativeLong size, int flags, Pointer address, int addressSize);

  static native NativeLong recvfrom(
      int descriptor,
      Pointer data,
      NativeLong size,
      int flags,
      Pointer address,
      Pointer addressSize);

  static native NativeLong send(int descriptor, ByteBuffer buffer, NativeLong size, int flags);

  static native int recvmmsg(
      int descriptor, Pointer messages, int count, int flags, @Nullable Pointer timeout);

  static native int eventfd(int initial, int flags);

  static native int epoll_create1(int flags);

  static native int epoll_ctl(int epoll, int operation, int descriptor, @Nullable Pointer event);

  static native int epoll_wait(int epoll, Pointer events, int size, int timeoutMillis);

  static native int poll(Pointer descriptors, NativeLong count, int timeoutMillis);

  static native int inotify_init1(int flags);

  static native int inotify_add_watch(int inotify, String path, int mask);

  static native int inotify_rm_watch(int inotify, int watch);

  static native int mount(
      @Nullable String source,
      String target,
      @Nullable String type,
      NativeLong flags,
      @Nullable String data);

  static native int umount2(String target, int flags);

  static native int unshare(int flags);

  static native int chdir(String path);

  static native int mknod(String path, int mode, NativeLong device);

  static native int mkdirat(int directory, String path, int mode);

  static native int fchown(int descriptor, int user, int group);

  static native int prctl(
      int option, NativeLong second, NativeLong third, NativeLong fourth, NativeLong fifth);

  static native int clock_gettime(int clock, long[] time);

  static native int prlimit(
      int pid, int resource, @Nullable Pointer newLimit, @Nullable Pointer oldLimit);

  static native int waitpid(int pid, IntByReference status, int options);

  static native int posix_spawn(
      IntByReference pid,
      String path,
      Pointer fileActions,
      Pointer attributes,
      Pointer arguments,
      Pointer environment);

  static native int posix_spawn_file_actions_init(Pointer actions);

  static native int posix_spawn_file_actions_destroy(Pointer actions);

  static native int posix_spawn_file_actions_adddup2(Pointer actions, int from, int to);

  static native int posix_spawn_file_actions_addclose(Pointer actions, int descriptor);

  static native int posix_spawn_file_actions_addopen(
      Pointer actions, int descriptor, String path, int flags, int mode);

  static native int posix_spawn_file_actions_addclosefrom_np(Pointer actions, int from);

  static native int posix_spawnattr_init(Pointer attributes);

  static native int posix_spawnattr_destroy(Pointer attributes);

  static native int posix_spawnattr_setflags(Pointer attributes, short flags);

  static native int posix_spawnattr_setsigmask(Pointer attributes, Pointer signals);

  static native int posix_spawnattr_setsigdefault(Pointer attributes, Pointer signals);

  static native int sigfillset(Pointer signals);

  static native int sigemptyset(Pointer signals);

  static native NativeLong syscall(
      NativeLong number, NativeLong first, NativeLong second, NativeLong third, NativeLong fourth);

  static native NativeLong syscall(
      NativeLong number, NativeLong first, String second, Pointer third, NativeLong fourth);
}
