package dev.flota.engine.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Tells of changes to files, with {@code inotify(7)}. */
public final class Inotify implements AutoCloseable {
  /** Something was written. */
  public static final int MODIFIED = 0x2;

  /** Permissions, owner or link count changed. */
  public static final int ATTRIBUTES = 0x4;

  /** A file opened for writing was closed. */
  public static final int WRITTEN = 0x8;

  /** A file was renamed into the directory. */
  public static final int MOVED_IN = 0x80;

  /** A file was created in the directory. */
  public static final int CREATED = 0x100;

  /** The watched file was deleted. */
  public static final int SELF_DELETED = 0x400;

  /** The watched file was renamed. */
  public static final int SELF_MOVED = 0x800;

  /** Events were lost; look for yourself. Told to every watch. */
  public static final int OVERFLOW = 0x4000;

  private static final int NON_BLOCKING_CLOEXEC = 0x80800;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int HEADER_BYTES = 16;

  private final Descriptor descriptor;
  private final EventLoop.Registration registration;
  private final EventLoop loop;
  private final Memory buffer = new Memory(BUFFER_BYTES);
  private final Map<Integer, Listener> listeners = new ConcurrentHashMap<>();

  /** Called on the loop's thread; must not block. */
  @FunctionalInterface
  public interface Listener {
    /**
     * A change.
     *
     * @param events the constants of this class, added
     * @param name of the file in the watched directory, empty for the watched file itself
     */
    void changed(int events, String name);
  }

  /** Starts with nothing watched. */
  public Inotify(EventLoop loop) {
    this.loop = loop;
    descriptor = Descriptor.of(LibC.inotify_init1(NON_BLOCKING_CLOEXEC), "inotify_init");
    registration = loop.register(descriptor, EventLoop.READABLE, ready -> readEvents());
  }

  /**
   * Watches a file or directory that is not watched yet by this object.
   *
   * @param events the constants of this class, added
   * @return ends the watch
   * @throws NoSuchFileException it does not exist
   */
  public Watch watch(Path path, int events, Listener listener) throws IOException {
    synchronized (listeners) { // no event may come before its listener is known
      int watch = LibC.inotify_add_watch(descriptor.number(), path.toString(), events);
      if (watch < 0) {
        int errno = Native.getLastError();
        if (errno == Errno.ENOENT) {
          throw new NoSuchFileException(path.toString());
        }
        throw new LinuxException("watch " + path, errno);
      }
      listeners.put(watch, listener);
      return () -> unwatch(watch);
    }
  }

  /** Something watched. */
  @FunctionalInterface
  public interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  private void unwatch(int watch) {
    if (listeners.remove(watch) != null) {
      LibC.inotify_rm_watch(descriptor.number(), watch); // fails when the file is gone: the same
    }
  }

  private void readEvents() {
    int size = LibC.read(descriptor.number(), buffer, new NativeLong(BUFFER_BYTES)).intValue();
    int offset = 0;
    while (offset < size) {
      int watch = buffer.getInt(offset);
      int events = buffer.getInt(offset + 4L);
      int nameBytes = buffer.getInt(offset + 12L);
      String name =
          nameBytes == 0
              ? ""
              : buffer.getString(offset + (long) HEADER_BYTES, StandardCharsets.UTF_8.name());
      tell(watch, events, name);
      offset += HEADER_BYTES + nameBytes;
    }
  }

  private void tell(int watch, int events, String name) {
    if ((events & OVERFLOW) != 0) {
      listeners.values().forEach(listener -> listener.changed(OVERFLOW, ""));
      return;
    }
    Listener listener;
    synchronized (listeners) {
      listener = listeners.get(watch);
    }
    if (listener != null) {
      listener.changed(events, name);
    }
  }

  @Override
  public void close() {
    listeners.clear();
    registration.cancel();
    if (loop.inLoop()) {
      descriptor.close();
    } else {
      loop.execute(descriptor::close);
    }
  }
}
