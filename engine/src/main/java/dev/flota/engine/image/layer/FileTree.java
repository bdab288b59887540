package dev.flota.engine.image.layer;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Whole directories. */
public final class FileTree {
  private FileTree() {}

  /**
   * Deletes a file or a directory with all it has, if it is there; links are not followed. Names
   * need not be readable in the process's character set: they come as bytes from the kernel and
   * stay bytes.
   */
  public static void delete(Path top) throws IOException {
    if (!Files.exists(top, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Mode 0755, whatever the process's file creation mask. */
  public static void makeReadableToAll(Path directory) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Writes to disk all that the kernel still holds for the file system of {@code directory}. */
  public static void syncFileSystem(Path directory) throws IOException {
    int descriptor = open(directory);
    try {
      FileCalls.syncfs(descriptor);
    } catch (LastErrorException e) {
      throw new FileCallException("syncfs", directory.toString(), e);
    } finally {
      FileCalls.close(descriptor);
    }
  }

  /** A descriptor of a directory of our own, whose name may have any characters. */
  static int open(Path directory) throws IOException {
    int flags = FileCalls.O_RDONLY | FileCalls.O_DIRECTORY | FileCalls.O_CLOEXEC;
    byte[] utf8 = directory.toString().getBytes(StandardCharsets.UTF_8);
    byte[] path = FileCalls.path(new String(utf8, StandardCharsets.ISO_8859_1));
    try {
      return FileCalls.openat(FileCalls.AT_FDCWD, path, flags, 0);
    } catch (LastErrorException e) {
      throw new FileCallException("open", directory.toString(), e);
    }
  }
}
