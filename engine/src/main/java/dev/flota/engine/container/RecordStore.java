package dev.flota.engine.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import dev.flota.engine.network.Detour;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.RunState;
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
import java.util.Map;
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

  /** Beside the record of a container that is frozen for a move; says what it was before. */
  private static final String FROZEN = "frozen";

  /** Beside the record of a container that is on its way here and is to run here. */
  private static final String ARRIVING = "arriving";

  /** Beside the record of a container whose connections go on by hosts where it was before. */
  static final String DETOURS = "detours.json";

  private final Path directory;
  private final Map<String, RunState.Status> frozen = new ConcurrentHashMap<>();
  private final Set<String> arriving = ConcurrentHashMap.newKeySet();

  /** Records below {@code containers}. */
  public RecordStore(Path containers) {
    this.directory = containers;
    try {
      Files.createDirectories(containers);
    } catch (IOException e) {
      throw EngineException.system("cannot create " + containers + ": " + e.getMessage(), e);
    }
    marked(FROZEN).forEach(home -> frozen.put(home.getFileName().toString(), statusIn(home)));
    marked(ARRIVING).forEach(home -> arriving.add(home.getFileName().toString()));
  }

  private Stream<Path> marked(String name) {
    return children().stream().filter(home -> Files.exists(home.resolve(name)));
  }

  private static RunState.Status statusIn(Path home) {
    try {
      return RunState.Status.valueOf(Files.readString(home.resolve(FROZEN)).strip());
    } catch (IOException e) {
      throw EngineException.system("cannot read " + home.resolve(FROZEN) + ": " + e, e);
    } catch (IllegalArgumentException unfinished) {
      LOG.debug("{} was being written", home.resolve(FROZEN), unfinished);
      return RunState.Status.RUNNING;
    }
  }

  /**
   * Containers that must not go on by themselves, and what they were before: {@link #markFrozen}.
   */
  Map<String, RunState.Status> frozen() {
    return Map.copyOf(frozen);
  }

  /** Notes durably that a container is about to be frozen for a move. */
  void markFrozen(String id, RunState.Status before) {
    mark(id, FROZEN, before.name());
    frozen.put(id, before);
  }

  /** It goes on here. */
  void unmarkFrozen(String id) {
    unmark(id, FROZEN);
    frozen.remove(id);
  }

  /** Containers that are to run here and may not have come, or may not be connected. */
  Set<String> arriving() {
    return Set.copyOf(arriving);
  }

  /** Notes durably that a container is about to come and run here. */
  void markArriving(String id) {
    mark(id, ARRIVING, "");
    arriving.add(id);
  }

  /** It has come. */
  void unmarkArriving(String id) {
    unmark(id, ARRIVING);
    arriving.remove(id);
  }

  /** Notes what of a container's connections has to go on by the hosts they left the fleet by. */
  void writeDetours(String id, List<Detour> detours) {
    Path file = directory(id).resolve(DETOURS);
    Path draft = file.resolveSibling(DETOURS + ".new");
    try {
      if (detours.isEmpty()) {
        Files.deleteIfExists(file);
      } else {
        Files.write(draft, Json.PLAIN.writeValueAsBytes(detours));
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw EngineException.system("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /** What {@link #writeDetours} has noted, on whichever host. */
  List<Detour> detours(String id) {
    Path file = directory(id).resolve(DETOURS);
    try {
      return Files.exists(file)
          ? List.of(Json.PLAIN.readValue(Files.readAllBytes(file), Detour[].class))
          : List.of();
    } catch (IOException e) {
      throw EngineException.system("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private void mark(String id, String name, String content) {
    Path home = directory(id);
    try {
      Files.writeString(home.resolve(name), content);
      sync(home);
    } catch (IOException e) {
      throw EngineException.system("cannot note that " + id + " is moved: " + e.getMessage(), e);
    }
  }

  private void unmark(String id, String name) {
    Path home = directory(id);
    try {
      Files.deleteIfExists(home.resolve(name));
      sync(home);
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
      arriving.remove(id);
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
