package dev.flota.engine.volume;

import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import dev.flota.engine.linux.DirectoryTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The volumes on disk: for each a directory with its data in {@code _data} and its record in {@code
 * volume.json}. A volume is made and removed under a name that begins with a dot, which no volume's
 * name does, and appears and disappears by a rename: what a crash leaves half done can be told from
 * a volume, and is cleared away at the next start. Nothing else is ever deleted.
 */
final class VolumeStore {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeStore.class);

  private static final int SCHEMA_VERSION = 1;
  private static final String RECORD = "volume.json";
  private static final String DATA = "_data";
  private static final String HALF_MADE = ".making-";
  private static final String HALF_REMOVED = ".removing-";
  private static final String ARRIVING = ".arriving-";

  private static final List<String> HALF_DONE = List.of(HALF_MADE, HALF_REMOVED, ARRIVING);

  private final Path root;
  private final Map<String, VolumeInfo> volumes = new TreeMap<>();

  /** The layout of {@code volume.json}. */
  record Stored(
      int schemaVersion,
      String name,
      Instant createdAt,
      String driver,
      @Nullable Map<String, String> labels,
      @Nullable Map<String, String> options) {}

  /** Reads what is there. */
  VolumeStore(Path root) {
    this.root = root;
    try {
      Files.createDirectories(root);
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx-----x"));
      try (Stream<Path> directories = Files.list(root)) {
        directories.filter(Files::isDirectory).toList().forEach(this::load);
      }
    } catch (IOException e) {
      throw EngineException.system("cannot read the volumes: " + e.getMessage(), e);
    }
  }

  private void load(Path directory) {
    String name = directory.getFileName().toString();
    try {
      if (HALF_DONE.stream().anyMatch(name::startsWith)) {
        LOG.info("Clearing away {}, left by a crash", directory);
        DirectoryTree.delete(directory);
      } else {
        Stored stored = Json.PLAIN.readValue(directory.resolve(RECORD).toFile(), Stored.class);
        volumes.put(name, info(stored));
      }
    } catch (IOException e) {
      // One bad volume must not keep the daemon from starting.
      LOG.error("{} is not a volume that can be read: {}", directory, e.getMessage());
    }
  }

  VolumeInfo info(Stored stored) {
    return new VolumeInfo(
        stored.createdAt(),
        stored.driver(),
        stored.labels(),
        data(stored.name()).toString(),
        stored.name(),
        stored.options(),
        "local",
        null);
  }

  Path data(String name) {
    return root.resolve(name).resolve(DATA);
  }

  Map<String, VolumeInfo> all() {
    return volumes;
  }

  VolumeInfo add(Stored stored) {
    Path making = root.resolve(HALF_MADE + stored.name());
    try {
      Files.createDirectories(making.resolve(DATA));
      Files.setPosixFilePermissions(making, PosixFilePermissions.fromString("rwx-----x"));
      write(making, stored);
      Files.move(making, root.resolve(stored.name()), StandardCopyOption.ATOMIC_MOVE);
      force(root);
    } catch (IOException e) {
      throw EngineException.system(
          "create %s: error while creating volume root path '%s': %s"
              .formatted(stored.name(), data(stored.name()), e.getMessage()),
          e);
    }
    VolumeInfo info = info(stored);
    volumes.put(stored.name(), info);
    return info;
  }

  /** Where a volume lies as a whole, with its record. */
  Path home(String name) {
    return root.resolve(name);
  }

  /** The same for one that is coming from another host. */
  Path arriving(String name) {
    return root.resolve(ARRIVING + name);
  }

  /** One that has come is a volume of this host from now on. */
  void adopt(String name) {
    Path arriving = arriving(name);
    try {
      Stored stored = Json.PLAIN.readValue(arriving.resolve(RECORD).toFile(), Stored.class);
      if (!stored.name().equals(name) || stored.options() != null) {
        throw EngineException.invalid("what came as the volume %s is another one".formatted(name));
      }
      Files.move(arriving, home(name), StandardCopyOption.ATOMIC_MOVE);
      force(root);
      volumes.put(name, info(stored));
    } catch (IOException e) {
      throw EngineException.system(
          "the volume %s has not come: %s".formatted(name, e.getMessage()), e);
    }
  }

  /** Removes what has come so far. */
  void forgetArriving(String name) {
    try {
      DirectoryTree.delete(arriving(name));
    } catch (IOException e) {
      throw EngineException.system("remove " + name + ": " + e.getMessage(), e);
    }
  }

  static Stored stored(
      String name,
      Instant createdAt,
      @Nullable Map<String, String> labels,
      Map<String, String> options) {
    return new Stored(
        SCHEMA_VERSION,
        name,
        createdAt,
        VolumeRules.LOCAL,
        labels,
        options.isEmpty() ? null : options);
  }

  private static void write(Path directory, Stored stored) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            directory.resolve(RECORD),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(Json.PLAIN.writeValueAsBytes(stored));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    force(directory);
  }

  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  void remove(String name) {
    Path removing = root.resolve(HALF_REMOVED + name);
    try {
      Files.move(root.resolve(name), removing, StandardCopyOption.ATOMIC_MOVE);
      force(root);
      volumes.remove(name);
      DirectoryTree.delete(removing);
    } catch (IOException e) {
      throw EngineException.system("remove " + name + ": " + e.getMessage(), e);
    }
  }
}
