package dev.flota.engine.runtime;

import dev.flota.engine.json.Json;
import dev.flota.engine.linux.DirectoryTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of a run, which other programs may remove at the same time. */
final class FileTree {
  private FileTree() {}

  /** Makes a directory and those above it, where they are missing. */
  static void create(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Writes JSON. */
  static void write(Path file, Object content) {
    try {
      Files.write(file, Json.PLAIN.writeValueAsBytes(content));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Reads JSON. */
  static <T> T read(Path file, Class<T> type) {
    try {
      return Json.PLAIN.readValue(Files.readAllBytes(file), type);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Removes a directory with all that is in it, without following links; or does nothing. */
  static void delete(Path directory) {
    try {
      DirectoryTree.delete(directory);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
