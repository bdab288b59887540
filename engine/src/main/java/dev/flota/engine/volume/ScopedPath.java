package dev.flota.engine.volume;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Resolves a path as a process would whose root directory is {@code root}: symbolic links and
 * {@code ..} never lead out of it.
 */
final class ScopedPath {
  private static final int MAX_LINKS = 255;

  private ScopedPath() {}

  /**
   * Resolves; parts that do not exist are taken as they are written.
   *
   * @throws EngineException when links go round in circles
   */
  static Path resolve(Path root, String path) {
    Deque<String> rest = new ArrayDeque<>();
    push(rest, Path.of(path));
    Path current = root;
    int links = 0;
    while (!rest.isEmpty()) {
      String name = rest.pop();
      if (name.equals("..")) {
        Path parent = current.getParent();
        current = current.equals(root) || parent == null ? root : parent;
        continue;
      }
      Path next = current.resolve(name);
      if (!Files.isSymbolicLink(next)) {
        current = next;
        continue;
      }
      links++;
      if (links > MAX_LINKS) {
        throw EngineException.invalid("too many levels of symbolic links: " + path);
      }
      Path target = target(next);
      current = target.isAbsolute() ? root : current;
      push(rest, target);
    }
    return current;
  }

  private static Path target(Path link) {
    try {
      return Files.readSymbolicLink(link);
    } catch (IOException e) {
      throw EngineException.system("cannot read link " + link + ": " + e.getMessage(), e);
    }
  }

  private static void push(Deque<String> rest, Path path) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      String name = path.getName(i).toString();
      if (!name.isEmpty() && !name.equals(".")) {
        rest.push(name);
      }
    }
  }

  /** Whether it is there, a dangling link included. */
  static boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }
}
