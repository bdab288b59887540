package dev.flota.engine.image.layer;

import com.sun.jna.LastErrorException;
import dev.flota.engine.linux.DirectoryTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The inside of a directory that stands for a container's root: every name is looked up relative to
 * it, and symbolic links on the way are followed as if the process had changed its root there
 * ({@code chroot(2)}), so that nothing outside can be reached. Nobody else may write to it
 * meanwhile.
 *
 * <p>Paths given to the methods that act are results of {@link #resolve}: without links on the way.
 */
final class RootDirectory implements AutoCloseable {
  private static final int PATH_LIMIT = 4096;
  private static final int PATH_RESERVE = 256;
  private static final int LINK_LIMIT = 255;
  private static final int IMPLIED_MODE = 0755;
  private static final long[] AS_IT_IS = {};

  private final Path root;
  private final int descriptor;
  private final NavigableMap<String, long[]> directories = new TreeMap<>();
  private final NavigableSet<String> whiteouts = new TreeSet<>();

  private RootDirectory(Path root, int descriptor) {
    this.root = root;
    this.descriptor = descriptor;
  }

  static RootDirectory open(Path root) throws IOException {
    return new RootDirectory(root, FileTree.open(root));
  }

  /** For calls that take a directory and a path. */
  int descriptor() {
    return descriptor;
  }

  /** A path for the calls that take no directory. */
  String throughDescriptor(String path) {
    return "/proc/self/fd/" + descriptor + "/" + path;
  }

  /**
   * Where {@code clean} lies, with links in its parents followed. Missing parents are made.
   *
   * @throws IOException when a parent is no directory, the name is too long or links go in a circle
   */
  String resolve(String clean) throws IOException {
    checkLength(clean);
    String path = EntryName.join(directory(EntryName.parent(clean)), EntryName.last(clean));
    checkLength(path);
    return path;
  }

  /** The whole path, with the root before it, must stay one that the kernel takes. */
  private static void checkLength(String path) throws FileCallException {
    if (path.length() > PATH_LIMIT - PATH_RESERVE) {
      throw new FileCallException("open", "/" + path, FileCalls.ENAMETOOLONG);
    }
  }

  /** Forgets what is known of {@code path} and everything below, which was just removed. */
  private void forget(String path) {
    String below = path + "/";
    String behind = path + "0"; // the character after the slash
    directories.remove(path);
    directories.subMap(below, behind).clear();
    whiteouts.subSet(below, behind).clear();
  }

  /** Notes that the file at {@code path} hides what lower layers have there. */
  void addWhiteout(String path) {
    whiteouts.add(path);
  }

  /** Whether {@code path} was a whiteout, which it then is no more. */
  boolean takeWhiteout(String path) {
    return whiteouts.remove(path);
  }

  /** Notes the times a directory shall have when nothing more will be put into it. */
  void setTimesAtEnd(String directory, long[] times) {
    directories.put(directory, times);
  }

  /** Sets the noted times. */
  void finish() throws IOException {
    for (Map.Entry<String, long[]> each : directories.entrySet()) {
      if (each.getValue() != AS_IT_IS) {
        setTimes(each.getKey(), each.getValue());
      }
    }
  }

  /** Sets access and modification time of what stands at {@code path}, links not followed. */
  void setTimes(String path, long[] times) throws IOException {
    byte[] name = FileCalls.path(path);
    FileCallException.checked(
        "utimensat",
        path,
        () -> FileCalls.utimensat(descriptor, name, times, FileCalls.AT_SYMLINK_NOFOLLOW));
  }

  /** Whether a directory, and not a link to one, stands at {@code path}. */
  boolean isDirectory(String path) throws IOException {
    if (path.isEmpty() || directories.containsKey(path)) {
      return true;
    }
    int flags =
        FileCalls.O_PATH | FileCalls.O_DIRECTORY | FileCalls.O_NOFOLLOW | FileCalls.O_CLOEXEC;
    try {
      FileCalls.close(FileCalls.openat(descriptor, FileCalls.path(path), flags, 0));
      return true;
    } catch (LastErrorException e) {
      return switch (e.getErrorCode()) {
        case FileCalls.ENOENT, FileCalls.ENOTDIR, FileCalls.ELOOP -> false;
        default -> throw new FileCallException("open", "/" + path, e);
      };
    }
  }

  /** Makes a directory where none is; whatever else stands there is replaced. */
  void makeDirectory(String path) throws IOException {
    Creation creation = name -> FileCalls.mkdirat(descriptor, name, 0700);
    try {
      creation.at(FileCalls.path(path));
    } catch (LastErrorException e) {
      if (e.getErrorCode() != FileCalls.EEXIST) {
        throw new FileCallException("mkdir", "/" + path, e);
      }
      if (!isDirectory(path)) {
        replace("mkdir", path, creation);
      }
    }
    directories.putIfAbsent(path, AS_IT_IS);
  }

  /** A call that makes something at a path and fails with EEXIST when something is there. */
  @FunctionalInterface
  interface Creation {
    int at(byte[] path);
  }

  /** Makes something at {@code path}, in place of what may be there. */
  int replace(String call, String path, Creation creation) throws IOException {
    byte[] name = FileCalls.path(path);
    try {
      return creation.at(name);
    } catch (LastErrorException e) {
      if (e.getErrorCode() != FileCalls.EEXIST) {
        throw new FileCallException(call, "/" + path, e);
      }
    }
    remove(path);
    return FileCallException.checked(call, path, () -> creation.at(name));
  }

  /** Removes what stands at {@code path}, a directory with all it has. */
  void remove(String path) throws IOException {
    byte[] name = FileCalls.path(path);
    try {
      FileCalls.unlinkat(descriptor, name, 0);
    } catch (LastErrorException e) {
      if (e.getErrorCode() != FileCalls.EISDIR && e.getErrorCode() != FileCalls.EPERM) {
        throw new FileCallException("unlink", "/" + path, e);
      }
      forget(path);
      removeContent(path, name);
      FileCallException.checked(
          "rmdir", path, () -> FileCalls.unlinkat(descriptor, name, FileCalls.AT_REMOVEDIR));
    }
  }

  private void removeContent(String path, byte[] name) throws IOException {
    int flags =
        FileCalls.O_RDONLY | FileCalls.O_DIRECTORY | FileCalls.O_NOFOLLOW | FileCalls.O_CLOEXEC;
    int directory =
        FileCallException.checked("open", path, () -> FileCalls.openat(descriptor, name, flags, 0));
    try {
      deleteChildren(Path.of("/proc/self/fd/" + directory));
    } finally {
      FileCalls.close(directory);
    }
  }

  /** Deletes a directory's content. Names come as bytes from the kernel and stay bytes. */
  private static void deleteChildren(Path directory) throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        DirectoryTree.delete(child);
      }
    }
  }

  /** The real directory behind {@code clean}, links followed; made when missing. */
  String directory(String clean) throws IOException {
    if (clean.isEmpty() || directories.containsKey(clean)) {
      return clean;
    }
    Deque<String> ahead = new ArrayDeque<>(List.of(clean.split("/", -1)));
    String current = EntryName.ROOT;
    int links = 0;
    while (!ahead.isEmpty()) {
      String step = ahead.removeFirst();
      if (step.isEmpty() || step.equals(".")) {
        continue;
      }
      if (step.equals("..")) {
        current = EntryName.parent(current);
        continue;
      }
      String candidate = EntryName.join(current, step);
      checkLength(candidate);
      String target = directories.containsKey(candidate) ? null : linkTarget(candidate, clean);
      if (target == null) {
        current = candidate;
      } else {
        links = countLink(links, clean);
        current = target.startsWith("/") ? EntryName.ROOT : current;
        List.of(target.split("/", -1)).reversed().forEach(ahead::addFirst);
      }
    }
    return current;
  }

  private static int countLink(int links, String clean) throws InvalidLayerException {
    if (links == LINK_LIMIT) {
      throw new InvalidLayerException("mkdir /" + clean + ": too many levels of symbolic links");
    }
    return links + 1;
  }

  /** The target of the link at {@code path}; null when a directory is there, made if missing. */
  private @Nullable String linkTarget(String path, String wanted) throws IOException {
    byte[] buffer = new byte[PATH_LIMIT];
    byte[] name = FileCalls.path(path);
    try {
      int length = (int) FileCalls.readlinkat(descriptor, name, buffer, buffer.length);
      return new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
    } catch (LastErrorException e) {
      switch (e.getErrorCode()) {
        case FileCalls.ENOENT -> makeImplied(path);
        case FileCalls.EINVAL -> requireDirectory(path, wanted);
        default -> throw new FileCallException("readlink", "/" + path, e);
      }
      return null;
    }
  }

  private void makeImplied(String path) throws IOException {
    makeDirectory(path);
    FileCallException.checked(
        "chmod", path, () -> FileCalls.fchmodat(descriptor, FileCalls.path(path), IMPLIED_MODE, 0));
  }

  private void requireDirectory(String path, String wanted) throws IOException {
    if (!isDirectory(path)) {
      throw new FileCallException("mkdir", "/" + wanted, FileCalls.ENOTDIR);
    }
    directories.putIfAbsent(path, AS_IT_IS);
  }

  @Override
  public void close() {
    FileCalls.close(descriptor);
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
