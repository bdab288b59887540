package dev.flota.engine.linux;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whole directories. */
public final class DirectoryTree {
  private DirectoryTree() {}

  /**
   * Deletes a file or a directory with all it has, if it is there; links are not followed. Somebody
   * else may delete parts of it at the same time. Names need not be readable in the process's
   * character set: they come as bytes from the kernel and stay bytes. Another file system that
   * somebody has mounted in it and left, as one does who is killed, is unmounted: its files are not
   * the directory's.
   */
  public static void delete(Path top) throws IOException {
    if (Files.exists(top, LinkOption.NOFOLLOW_LINKS)) {
      Files.walkFileTree(top, new Deletion());
    }
  }

  private static Object device(Path file) throws IOException {
    return Files.getAttribute(file, "unix:dev", LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Bytes of all regular files below a directory, each counted once however many names it has; 0
   * when it is not there. Somebody else may delete parts of it at the same time.
   */
  public static long size(Path top) throws IOException {
    Measurement measurement = new Measurement();
    Files.walkFileTree(top, measurement);
    return measurement.total;
  }

  private static final class Measurement extends SimpleFileVisitor<Path> {
    private final Set<@Nullable Object> seen = new HashSet<>();
    private long total;

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isRegularFile() && seen.add(attributes.fileKey())) {
        total += attributes.size();
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      return unlessGone(failure);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
        throws IOException {
      return failure == null ? FileVisitResult.CONTINUE : unlessGone(failure);
    }
  }

  private static FileVisitResult unlessGone(IOException failure) throws IOException {
    if (failure instanceof NoSuchFileException) { // gone meanwhile
      return FileVisitResult.CONTINUE;
    }
    throw failure;
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    /** Of the first directory. */
    private @Nullable Object device;

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
        throws IOException {
      try {
        if (device == null) {
          device = device(directory);
        }
        boolean unmounted = false;
        while (!device(directory).equals(device) && Mounts.unmount(directory)) {
          unmounted = true;
        }
        if (!unmounted) {
          return FileVisitResult.CONTINUE;
        }
        delete(directory); // what the walk has opened is gone
        return FileVisitResult.SKIP_SUBTREE;
      } catch (NoSuchFileException gone) {
        return FileVisitResult.SKIP_SUBTREE;
      }
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      return unlessGone(failure);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
        throws IOException {
      if (failure != null) {
        throw failure;
      }
      Files.deleteIfExists(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
