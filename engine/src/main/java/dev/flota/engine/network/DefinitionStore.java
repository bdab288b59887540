package dev.flota.engine.network;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Networks on disk: {@code networks/ID.json}, each written as a whole by fsync and rename, so that
 * a crash leaves it there or not.
 */
final class DefinitionStore {
  private static final String SUFFIX = ".json";

  private final Path directory;

  /** Below that directory, which is made. */
  DefinitionStore(Path directory) {
    this.directory = directory;
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw EngineException.system("cannot create " + directory + ": " + e.getMessage(), e);
    }
  }

  /** When the networks of this host were made; noted at the first start. */
  Instant made() {
    Path file = directory.resolve("created");
    try {
      if (!Files.exists(file)) {
        String now = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
        replace(file, now.getBytes(StandardCharsets.UTF_8));
      }
      return Instant.parse(Files.readString(file).strip());
    } catch (IOException e) {
      throw EngineException.system("cannot note when networks were made: " + e.getMessage(), e);
    }
  }

  /** All networks, the oldest first. */
  List<NetworkDefinition> readAll() {
    List<NetworkDefinition> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(path -> path.toString().endsWith(SUFFIX)).toList()) {
        found.add(read(file));
      }
    } catch (IOException e) {
      throw EngineException.system("cannot read " + directory + ": " + e.getMessage(), e);
    }
    found.sort(Comparator.comparing(NetworkDefinition::created));
    return found;
  }

  private static NetworkDefinition read(Path file) throws IOException {
    try {
      return Json.PLAIN.readValue(Files.readAllBytes(file), NetworkDefinition.class);
    } catch (JsonProcessingException e) {
      throw EngineException.system(
          "the network %s cannot be read: %s (repair it, or move it away, and start again)"
              .formatted(file, e.getOriginalMessage()),
          e);
    }
  }

  void write(NetworkDefinition network) {
    Path file = file(network.id());
    try {
      replace(file, Json.PLAIN.writeValueAsBytes(network));
    } catch (IOException e) {
      throw EngineException.system("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  void delete(String id) {
    try {
      Files.deleteIfExists(file(id));
      sync();
    } catch (IOException e) {
      throw EngineException.system("cannot delete " + file(id) + ": " + e.getMessage(), e);
    }
  }

  private Path file(String id) {
    return directory.resolve(id + SUFFIX);
  }

  private void replace(Path file, byte[] content) throws IOException {
    Path draft = directory.resolve(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            draft,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync();
  }

  private void sync() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
