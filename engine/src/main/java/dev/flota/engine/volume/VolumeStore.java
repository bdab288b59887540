package dev.flota.engine.volume;

import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The volumes on disk: for each a directory with its data in {@code _data} and its record in {@code
 * volume.json}. The record is written last and removed first, so a directory without one is a
 * volume half made or half removed, and is cleared away at the next start.
 */
final class VolumeStore {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeStore.class);

  private static final int SCHEMA_VERSION = 1;
  private static final String RECORD = "volume.json";
  private static final String DATA = "_data";

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
    Path record = directory.resolve(RECORD);
    try {
      if (Files.exists(record)) {
        Stored stored = Json.PLAIN.readValue(record.toFile(), Stored.class);
        volumes.put(stored.name(), info(stored));
      } else {
        LOG.info("Clearing away what is left of volume {}", directory.getFileName());
        DeviceMount.unmount(directory.resolve(DATA));
        Trees.delete(directory);
      }
    } catch (IOException | EngineException e) {
      // One bad volume must not keep the daemon from starting.
      LOG.error("Volume {} cannot be read", directory.getFileName(), e);
    }
  }

  private VolumeInfo info(Stored stored) {
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
    Path directory = root.resolve(stored.name());
    try {
      Files.createDirectories(data(stored.name()));
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx-----x"));
      write(directory, stored);
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

  private void write(Path directory, Stored stored) throws IOException {
    Path temporary = directory.resolve(RECORD + ".new");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(Json.PLAIN.writeValueAsBytes(stored));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(temporary, directory.resolve(RECORD), StandardCopyOption.ATOMIC_MOVE);
    force(directory);
    force(root);
  }

  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  void remove(String name) {
    Path directory = root.resolve(name);
    try {
      Files.deleteIfExists(directory.resolve(RECORD));
      force(directory);
      volumes.remove(name);
      Trees.delete(directory);
    } catch (IOException e) {
      throw EngineException.system("remove " + name + ": " + e.getMessage(), e);
    }
  }
}
