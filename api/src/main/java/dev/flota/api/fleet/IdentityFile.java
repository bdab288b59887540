package dev.flota.api.fleet;

import dev.flota.cluster.membership.HostIdentity;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Notes that this host belongs to a fleet, and as whom. The file comes last when a host joins and
 * goes first when it leaves: with it the rest of the directory is complete.
 */
final class IdentityFile {
  private static final String NAME = "fleet.json";

  private final Path file;

  /** The note in that directory. */
  IdentityFile(Path directory) {
    file = directory.resolve(NAME);
  }

  /** Who this host is; empty when it belongs to no fleet. */
  Optional<HostIdentity> read() {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.PLAIN.readValue(file.toFile(), HostIdentity.class));
    } catch (IOException e) {
      throw EngineException.system(file + " is damaged: " + e.getMessage(), e);
    }
  }

  void write(HostIdentity identity) {
    Path temporary = file.resolveSibling(NAME + ".new");
    try {
      Files.write(temporary, Json.PLAIN.writeValueAsBytes(identity));
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw EngineException.system("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  void remove() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw EngineException.system("cannot remove " + file + ": " + e.getMessage(), e);
    }
  }
}
