package dev.flota.cluster.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import dev.flota.engine.network.NetworkDefinition;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a daemon that starts has to know of the fleet's networks before the ledger answers, so that
 * containers go on talking to other hosts meanwhile.
 *
 * @param networks all there were
 * @param addresses this host's own, by network id
 * @param peers underlay addresses of the other hosts
 */
public record NetworkNotes(
    List<NetworkDefinition> networks, Map<String, String> addresses, List<String> peers) {
  private static final NetworkNotes NONE = new NetworkNotes(List.of(), Map.of(), List.of());

  /** Of a host whose fleet has no other. */
  public static NetworkNotes alone(List<NetworkDefinition> networks) {
    return new NetworkNotes(networks, Map.of(), List.of());
  }

  /** What the file says; nothing when there is none. */
  static NetworkNotes read(Path file) {
    if (!Files.exists(file)) {
      return NONE;
    }
    try {
      return Json.PLAIN.readValue(file.toFile(), NetworkNotes.class);
    } catch (IOException e) {
      throw EngineException.system(file + " is damaged: " + e.getMessage(), e);
    }
  }

  /** Replaces the file. */
  public void write(Path file) {
    Path draft = file.resolveSibling(Objects.requireNonNull(file.getFileName()) + ".new");
    try {
      Files.write(draft, Json.PLAIN.writeValueAsBytes(this));
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw EngineException.system("cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
