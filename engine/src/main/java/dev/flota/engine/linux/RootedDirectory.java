package dev.flota.engine.linux;

import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A directory taken as the root: paths and symbolic links in it are resolved as a process confined
 * there would, so nothing outside is reached whatever a container put there ({@code openat2(2)}
 * with RESOLVE_IN_ROOT, Linux 5.6).
 */
public final class RootedDirectory implements AutoCloseable {
  private static final NativeLong OPENAT2 = new NativeLong(437);
  private static final int HOW_BYTES = 24;
  private static final long IN_ROOT_WITHOUT_MAGIC_LINKS = 0x10 | 0x02;
  private final Path path;
  private final Descriptor root;

  private RootedDirectory(Path path, Descriptor root) {
    this.path = path;
    this.root = root;
  }

  /** Takes {@code path} as the root. */
  public static RootedDirectory open(Path path) {
    return new RootedDirectory(path, Descriptor.open(path, Open.PATH | Open.DIRECTORY, 0));
  }

  /**
   * Opens what is there.
   *
   * @param flags of {@link Open}, without CREATE
   */
  public Descriptor open(String name, int flags) {
    try (Memory how = new Memory(HOW_BYTES)) {
      how.setLong(0, flags | Open.CLOSE_ON_EXEC);
      how.setLong(8, 0);
      how.setLong(16, IN_ROOT_WITHOUT_MAGIC_LINKS);
      int result =
          LibC.syscall(OPENAT2, new NativeLong(root.number()), name, how, new NativeLong(HOW_BYTES))
              .intValue();
      return Descriptor.of(result, "open " + name + " in " + path);
    }
  }

  /**
   * The bytes of a regular file.
   *
   * @return empty when there is no such file
   * @throws IOException it is no regular file, or larger than {@code maximumBytes}
   */
  public Optional<byte[]> read(String name, int maximumBytes) throws IOException {
    try (Descriptor file = open(name, Open.READ_ONLY | Open.NON_BLOCKING)) {
      if (!Files.isRegularFile(file.path())) {
        throw new IOException(name + " is not a regular file");
      }
      if (Files.size(file.path()) > maximumBytes) {
        throw new IOException(name + " is too large");
      }
      return Optional.of(Files.readAllBytes(file.path()));
    } catch (LinuxException failure) {
      if (failure.errno() == Errno.ENOENT || failure.errno() == Errno.ENOTDIR) {
        return Optional.empty();
      }
      throw new IOException(failure.getMessage(), failure);
    }
  }

  /**
   * Makes a directory and those above it where they are missing.
   *
   * @return whether something was made
   * @throws LinuxException {@link Errno#ENOTDIR}: something else is in the way
   */
  public boolean makeDirectories(String name, int mode, int user, int group) {
    boolean made = false;
    StringBuilder above = new StringBuilder("/");
    for (Path part : Path.of("/").relativize(Path.of("/").resolve(name).normalize())) {
      String parent = above.toString();
      above.append(above.length() > 1 ? "/" : "").append(part);
      if (!part.toString().isEmpty()) {
        made |= makeDirectory(parent, part.toString(), above.toString(), mode, user, group);
      }
    }
    return made;
  }

  private boolean makeDirectory(
      String parent, String name, String full, int mode, int user, int group) {
    try (Descriptor existing = open(full, Open.PATH)) {
      if (Files.isDirectory(existing.path())) {
        return false;
      }
      throw new LinuxException("mkdir " + full, Errno.ENOTDIR);
    } catch (LinuxException failure) {
      if (failure.errno() != Errno.ENOENT) {
        throw failure;
      }
    }
    try (Descriptor directory = open(parent, Open.PATH | Open.DIRECTORY)) {
      if (LibC.mkdirat(directory.number(), name, mode) < 0) {
        throw LinuxException.last("mkdir " + full);
      }
    }
    if (user != 0 || group != 0) {
      own(full, user, group);
    }
    return true;
  }

  private void own(String name, int user, int group) {
    try (Descriptor directory = open(name, Open.READ_ONLY | Open.DIRECTORY | Open.NO_FOLLOW)) {
      if (LibC.fchown(directory.number(), user, group) < 0) {
        throw LinuxException.last("chown " + name);
      }
    }
  }

  /** Whether there is such a file. */
  public boolean exists(String name) {
    try {
      open(name, Open.PATH).close();
      return true;
    } catch (LinuxException failure) {
      if (failure.errno() == Errno.ENOENT || failure.errno() == Errno.ENOTDIR) {
        return false;
      }
      throw failure;
    }
  }

  @Override
  public void close() {
    root.close();
  }
}
