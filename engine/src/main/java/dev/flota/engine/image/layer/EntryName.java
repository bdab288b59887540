package dev.flota.engine.image.layer;

import java.util.ArrayDeque;
import java.util.Deque;

/** Names inside a layer, made clean without looking at any file. */
final class EntryName {
  /** The root itself. */
  static final String ROOT = "";

  private EntryName() {}

  /**
   * {@code name} without {@code .}, {@code ..} and surplus slashes, relative to the root; {@code
   * /a} and {@code a} are the same.
   *
   * @throws InvalidLayerException when it leads out of the root
   */
  static String clean(String name) throws InvalidLayerException {
    if (name.indexOf('\0') >= 0) {
      throw new InvalidLayerException("invalid name " + quote(name));
    }
    boolean absolute = name.startsWith("/");
    Deque<String> parts = new ArrayDeque<>();
    for (String part : name.split("/", -1)) {
      if (part.equals("..")) {
        if (parts.isEmpty() && !absolute) {
          throw new InvalidLayerException(quote(name) + " is outside of \"/\"");
        }
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }

  static String parent(String clean) {
    int slash = clean.lastIndexOf('/');
    return slash < 0 ? ROOT : clean.substring(0, slash);
  }

  static String last(String clean) {
    return clean.substring(clean.lastIndexOf('/') + 1);
  }

  static String join(String directory, String name) {
    return directory.isEmpty() ? name : directory + "/" + name;
  }

  static String quote(String name) {
    return '"' + name + '"';
  }
}
