package dev.flota.engine.volume;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Copies a directory of an image into an empty volume: contents, links (hard links stay hard),
 * devices, owners, modes, times and extended attributes. Symbolic links are copied, not followed.
 */
final class CopyUp extends SimpleFileVisitor<Path> {
  private final Path source;
  private final Path target;
  private final Map<Object, Path> copied = new HashMap<>();

  private CopyUp(Path source, Path target) {
    this.source = source;
    this.target = target;
  }

  /** Copies; {@code target} is an empty directory, and takes on the attributes of the source. */
  static void copy(Path source, Path target) throws IOException {
    Files.walkFileTree(source, new CopyUp(source, target));
  }

  @Override
  public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
      throws IOException {
    Path copy = target(directory);
    if (directory.equals(source)) {
      // The volume's own directory may be a mount point: it cannot be replaced.
      for (String attribute : new String[] {"unix:uid", "unix:gid", "unix:mode"}) {
        Files.setAttribute(copy, attribute, Files.getAttribute(directory, attribute));
      }
    } else {
      copy(directory, copy, attributes);
    }
    return FileVisitResult.CONTINUE;
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
    copy(file, target(file), attributes);
    return FileVisitResult.CONTINUE;
  }

  private void copy(Path file, Path copy, BasicFileAttributes attributes) throws IOException {
    Object identity = attributes.fileKey();
    Path first = attributes.isDirectory() ? null : copied.putIfAbsent(identity, copy);
    if (first == null) {
      Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    } else {
      Files.createLink(copy, first);
    }
  }

  @Override
  public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
      throws IOException {
    if (failure != null) {
      throw failure;
    }
    FileTime modified = Files.getLastModifiedTime(directory, LinkOption.NOFOLLOW_LINKS);
    Files.setLastModifiedTime(target(directory), modified);
    return FileVisitResult.CONTINUE;
  }

  private Path target(Path file) {
    return target.resolve(source.relativize(file));
  }
}
