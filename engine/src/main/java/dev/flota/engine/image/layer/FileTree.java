package dev.flota.engine.image.layer;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Whole directories. */
public final class FileTree {
  private FileTree() {}

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
