package dev.flota.engine.log;

import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.Inotify;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads what conmon wrote of containers' output. One for all containers; safe for threads. */
public final class ContainerLog implements AutoCloseable {
  private final EventLoop loop = new EventLoop("container-logs");
  private final Inotify inotify = new Inotify(loop);
  private final Map<Path, WatchedDirectory> directories = new HashMap<>();

  /** Until it is closed. */
  @FunctionalInterface
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  /** Watches nothing yet. */
  public ContainerLog() {}

  /**
   * Opens a log.
   *
   * @param segments its files, oldest first; the last may grow, and need not exist yet
   * @param ended whether the container has ended, so that the tail counts what has no end of line
   * @param followed whether what is written from now on is read too
   */
  public LogCursor open(List<Path> segments, LogQuery query, boolean ended, boolean followed) {
    return new SegmentCursor(segments, query, ended, followed);
  }

  /**
   * Opens a log to go on there.
   *
   * @param asWritten whether a line is given in the pieces that it was written in, as it grows
   */
  public LogCursor resume(
      List<Path> segments, LogQuery query, LogPosition from, boolean asWritten) {
    return new SegmentCursor(segments, query, from, asWritten);
  }

  /**
   * Calls {@code onChange} after something was written to the file, or it came to be, on a thread
   * of this class: it must not block. Poll once after subscribing, to miss nothing.
   */
  public Subscription onChange(Path segment, Runnable onChange) {
    Path file = segment.toAbsolutePath();
    Path directory = file.getParent();
    if (directory == null) {
      throw new IllegalArgumentException("no file: " + segment);
    }
    String name = String.valueOf(file.getFileName());
    synchronized (directories) {
      WatchedDirectory watched = directories.computeIfAbsent(directory, this::watch);
      watched.listeners.computeIfAbsent(name, any -> new ArrayList<>()).add(onChange);
    }
    return () -> unsubscribe(directory, name, onChange);
  }

  private static final class WatchedDirectory {
    private final Map<String, List<Runnable>> listeners = new HashMap<>();
    private final Inotify.Watch watch;

    WatchedDirectory(Inotify.Watch watch) {
      this.watch = watch;
    }
  }

  /** The directory and not the file, which may be replaced. */
  private WatchedDirectory watch(Path directory) {
    try {
      int events = Inotify.MODIFIED | Inotify.MOVED_IN | Inotify.CREATED;
      return new WatchedDirectory(
          inotify.watch(directory, events, (event, name) -> changed(directory, event, name)));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void changed(Path directory, int events, String name) {
    List<Runnable> concerned = new ArrayList<>();
    synchronized (directories) {
      WatchedDirectory watched = directories.get(directory);
      if (watched != null && (events & Inotify.OVERFLOW) != 0) {
        watched.listeners.values().forEach(concerned::addAll);
      } else if (watched != null) {
        concerned.addAll(watched.listeners.getOrDefault(name, List.of()));
      }
    }
    concerned.forEach(Runnable::run);
  }

  private void unsubscribe(Path directory, String name, Runnable onChange) {
    synchronized (directories) {
      WatchedDirectory watched = directories.get(directory);
      if (watched == null) {
        return;
      }
      List<Runnable> listeners = watched.listeners.getOrDefault(name, List.of());
      listeners.remove(onChange);
      if (listeners.isEmpty()) {
        watched.listeners.remove(name);
      }
      if (watched.listeners.isEmpty()) {
        directories.remove(directory);
        watched.watch.close();
      }
    }
  }

  @Override
  public void close() {
    inotify.close();
    loop.close();
  }
}
