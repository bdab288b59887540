package dev.flota.engine.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Container records on disk: {@code containers/ID/record.json}, each replaced as a whole by fsync
 * and rename, so that a crash leaves the old or the new one.
 */
public final class RecordStore {
  private static final Logger LOG = LoggerFactory.getLogger(RecordStore.class);
  private static final String FILE = "record.json";
  private static final String REMOVING = ".removing";

  /** Beside the record of a container that is frozen for a move. */
  private static final String FROZEN = "frozen";

  private final Path directory;
  private final Set<String> frozen = ConcurrentHashMap.newKeySet();

  /** Records below {@code containers}. */
  public RecordStore(Path containers) {
    this.directory = containers;
    try {
      Files.createDirectories(containers);
    } catch (IOException e) {
      throw EngineException.system("cannot create " + containers + ": " + e.getMessage(), e);
    }
    children().stream()
        .filter(home -> Files.exists(home.resolve(FROZEN)))
        .forEach(home -> frozen.add(home.getFileName().toString()));
  }

  /** Containers that must not go on by themselves: {@link #markFrozen}. */
  Set<String> frozen() {
    return Set.copyOf(frozen);
  }

  /** Notes durably that a container is about to be frozen for a move. */
  void markFrozen(String id) {
    Path home = directory(id);
    try {
      Files.write(home.resolve(FROZEN), new byte[0]);
      sync(home);
      frozen.add(id);
    } catch (IOException e) {
      throw EngineException.system("cannot note that " + id + " is moved: " + e.getMessage(), e);
    }
  }

  /** It goes on here. */
  void unmarkFrozen(String id) {
    Path home = directory(id);
    try {
      Files.deleteIfExists(home.resolve(FROZEN));
      sync(home);
      frozen.remove(id);
    } catch (IOException e) {
      throw EngineException.system("cannot note that " + id + " goes on: " + e.getMessage(), e);
    }
  }

  /** The container's directory. */
  public Path directory(String id) {
    return directory.resolve(id);
  }

  /** Writes the record durably; the container's directory must exist. */
  public void write(ContainerRecord record) {
    Path home = directory(record.id());
    Path draft = home.resolve(FILE + ".new");
    try {
      byte[] json = Json.PLAIN.writeValueAsBytes(record);
      try (FileChannel channel =
          FileChannel.open(
              draft,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        ByteBuffer bytes = ByteBuffer.wrap(json);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(
          draft,
          home.resolve(FILE),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      sync(home);
    } catch (IOException e) {
      throw EngineException.system(
          "cannot write the record of container " + record.id() + ": " + e.getMessage(), e);
    }
  }

  /**
   * All records. Directories without a record are containers that were being created when the
   * daemon died: they are given to {@link #halfMade()}.
   */
  public List<ContainerRecord> readAll() {
    List<ContainerRecord> records = new ArrayList<>();
    for (Path home : children()) {
      if (home.toString().endsWith(REMOVING)) {
        continue;
      }
      try {
        records.add(read(home.resolve(FILE)));
      } catch (NoSuchFileException e) {
        LOG.debug("{} has no record", home, e);
      } catch (JsonProcessingException e) {
        throw EngineException.system(
            "the record "
                + home.resolve(FILE)
                + " cannot be read: "
                + e.getOriginalMessage()
                + " (repair it, or move the directory away, and start again)",
            e);
      } catch (IOException e) {
        throw EngineException.system("cannot read " + home + ": " + e.getMessage(), e);
      }
    }
    return records;
  }

  private static ContainerRecord read(Path file) throws IOException {
    ContainerRecord record = Json.PLAIN.readValue(Files.readAllBytes(file), ContainerRecord.class);
    if (record.schemaVersion() > ContainerRecord.SCHEMA_VERSION) {
      throw EngineException.system(
          "the record %s is of version %d, this engine knows %d: run the newer engine that wrote it"
              .formatted(file, record.schemaVersion(), ContainerRecord.SCHEMA_VERSION));
    }
    return record;
  }

  /** Ids of directories left by a create or a removal that did not come to its end. */
  public List<Path> halfMade() {
    return children().stream()
        .filter(home -> home.toString().endsWith(REMOVING) || !Files.exists(home.resolve(FILE)))
        .toList();
  }

  /**
   * Marks the directory as being removed: from here on a restarted daemon finishes the removal.
   *
   * @return where it is now
   */
  public Path markRemoving(String id) {
    Path marked = directory.resolve(id + REMOVING);
    try {
      Files.move(directory(id), marked, StandardCopyOption.ATOMIC_MOVE);
      sync(directory);
      frozen.remove(id);
      return marked;
    } catch (NoSuchFileException e) {
      LOG.debug("container {} has no directory any more", id, e);
      return marked;
    } catch (IOException e) {
      throw EngineException.system("cannot remove container " + id + ": " + e.getMessage(), e);
    }
  }

  /** Takes the mark back: what is left stays a container that a user can try to remove again. */
  public void unmarkRemoving(String id) {
    try {
      Files.move(directory.resolve(id + REMOVING), directory(id), StandardCopyOption.ATOMIC_MOVE);
      sync(directory);
    } catch (IOException e) {
      throw EngineException.system(
          "container " + id + " is removed in part only: " + e.getMessage(), e);
    }
  }

  private List<Path> children() {
    try (Stream<Path> homes = Files.list(directory)) {
      return homes.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
