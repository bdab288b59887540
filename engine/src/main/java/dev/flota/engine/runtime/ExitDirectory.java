package dev.flota.engine.runtime;

import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.Inotify;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory into which conmon writes one file per container that ended, named by its id and
 * holding the exit code. conmon writes aside and renames, so a file that is there is whole.
 */
final class ExitDirectory implements ExitWatcher, AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(ExitDirectory.class);
  private static final int ID_DIGITS = 64;

  private final Path directory;
  private final EventLoop loop;
  private final Inotify inotify;
  private final Details details;
  private final List<Consumer<ExitNotice>> subscribers = new CopyOnWriteArrayList<>();

  /** What the exit file does not say. */
  interface Details {
    /** Number of the main process of the run, 0 if that is not known any more. */
    int pid(String id);

    /** Whether the kernel killed it, or a child of it, for want of memory. */
    boolean oomKilled(String id);
  }

  /** Watches from now on. */
  ExitDirectory(Path directory, EventLoop loop, Details details) {
    this.directory = directory;
    this.loop = loop;
    this.details = details;
    try {
      Files.createDirectories(directory);
      inotify = new Inotify(loop);
      inotify.watch(directory, Inotify.MOVED_IN | Inotify.WRITTEN, this::changed);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The exit of a container, if it was recorded. */
  Optional<ExitNotice> read(String id) {
    Path file = directory.resolve(id);
    try {
      String text = Files.readString(file).strip();
      Instant at = Files.getLastModifiedTime(file).toInstant();
      return Optional.of(
          new ExitNotice(id, details.pid(id), Integer.parseInt(text), at, details.oomKilled(id)));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (NumberFormatException | IOException unreadable) {
      LOGGER.warn("exit file {} cannot be read", file, unreadable);
      return Optional.empty();
    }
  }

  /** Records an exit in conmon's place. */
  void write(String id, int code) {
    try {
      Path half = Files.writeString(directory.resolve(id + ".half"), code + "\n");
      Files.move(half, directory.resolve(id), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Forgets the exit of a container. */
  void remove(String id) {
    try {
      Files.deleteIfExists(directory.resolve(id));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public Subscription subscribe(Consumer<ExitNotice> onExit) {
    loop.execute(
        () -> {
          subscribers.add(onExit);
          recorded().forEach(id -> read(id).ifPresent(onExit));
        });
    return () -> subscribers.remove(onExit);
  }

  private List<String> recorded() {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).filter(ExitDirectory::isId).toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void changed(int events, String name) {
    List<String> ids = (events & Inotify.OVERFLOW) == 0 ? List.of(name) : recorded();
    for (String id : ids) {
      if (isId(id)) { // conmon's temporary files have longer names
        read(id).ifPresent(notice -> subscribers.forEach(one -> one.accept(notice)));
      }
    }
  }

  private static boolean isId(String name) {
    return name.length() == ID_DIGITS;
  }

  @Override
  public void close() {
    inotify.close();
  }
}
