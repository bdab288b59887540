package dev.flota.engine.image.archive;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.layer.Compression;
import dev.flota.engine.linux.DirectoryTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The files of an image archive, put aside until it is known what they are: its table of contents
 * comes last. They are kept under numbers, so that no name in the archive means anything on disk.
 */
final class ArchiveFiles implements AutoCloseable {
  private static final long SMALL = 8 << 20;
  private static final int LINK_LIMIT = 16;

  private final Path directory;
  private final Map<String, Path> files = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();

  private ArchiveFiles(Path directory) {
    this.directory = directory;
  }

  /**
   * Reads a whole archive, compressed or not, into files in {@code directory}, which goes when this
   * fails.
   */
  static ArchiveFiles read(InputStream archive, Path directory) throws IOException {
    ArchiveFiles files = new ArchiveFiles(directory);
    boolean whole = false;
    try {
      files.addAll(archive);
      whole = true;
      return files;
    } finally {
      if (!whole) {
        files.close();
      }
    }
  }

  private void addAll(InputStream archive) throws IOException {
    TarArchiveInputStream tar = new TarArchiveInputStream(Compression.decompress(archive), "UTF-8");
    TarArchiveEntry entry = tar.getNextEntry();
    while (entry != null) {
      add(entry, tar);
      entry = tar.getNextEntry();
    }
  }

  private void add(TarArchiveEntry entry, TarArchiveInputStream tar) throws IOException {
    String name = clean(entry.getName());
    if (entry.isSymbolicLink()) {
      links.put(name, clean(sibling(name, entry.getLinkName())));
    } else if (entry.isLink()) {
      links.put(name, clean(entry.getLinkName()));
    } else if (entry.isFile()) {
      Path file = directory.resolve(Integer.toString(files.size()));
      Files.copy(tar, file);
      files.put(name, file);
    }
  }

  /** The file of that name, links followed; null when there is none. */
  @Nullable Path find(String name) {
    String current = clean(name);
    for (int i = 0; i < LINK_LIMIT; i++) {
      String target = links.get(current);
      if (target == null) {
        return files.get(current);
      }
      current = target;
    }
    return null;
  }

  /** The file of that name. */
  Path get(String name) {
    Path file = find(name);
    if (file == null) {
      throw EngineException.invalid("invalid archive: " + name + " is missing");
    }
    return file;
  }

  /** The content of a file that must be small. */
  byte[] content(String name) throws IOException {
    Path file = get(name);
    if (Files.size(file) > SMALL) {
      throw EngineException.invalid("invalid archive: " + name + " is too large");
    }
    return Files.readAllBytes(file);
  }

  private static String sibling(String name, String target) {
    return target.startsWith("/") ? target : name + "/../" + target;
  }

  private static String clean(String name) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : name.split("/", -1)) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }

  @Override
  public void close() throws IOException {
    DirectoryTree.delete(directory);
  }
}
