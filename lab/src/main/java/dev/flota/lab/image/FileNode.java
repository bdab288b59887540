package dev.flota.lab.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Map;

/**
 * One file of a tree as the file system describes it.
 *
 * @param mode type and permission bits, as in {@code stat(2)}
 * @param device the number of a device node
 * @param identity equal for two names of the same file
 */
record FileNode(
    Path path,
    int mode,
    long user,
    long group,
    long size,
    FileTime modified,
    long device,
    int links,
    Object identity) {
  private static final String ATTRIBUTES =
      "unix:mode,uid,gid,size,lastModifiedTime,rdev,nlink,fileKey";
  private static final String OPAQUE_ATTRIBUTE = "overlay.opaque";
  private static final int PERMISSIONS = 0_7777;
  private static final int KIND_MASK = 0_170000;

  /** The kinds of files that a layer can carry. */
  enum Kind {
    DIRECTORY(0_040000),
    FILE(0_100000),
    SYMBOLIC_LINK(0_120000),
    CHARACTER_DEVICE(0_020000),
    BLOCK_DEVICE(0_060000),
    FIFO(0_010000),
    SOCKET(0_140000);

    private final int bits;

    Kind(int bits) {
      this.bits = bits;
    }
  }

  static FileNode of(Path path) throws IOException {
    Map<String, Object> seen = Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    return new FileNode(
        path,
        (int) attribute(seen, "mode"),
        ((Number) attribute(seen, "uid")).longValue(),
        ((Number) attribute(seen, "gid")).longValue(),
        (long) attribute(seen, "size"),
        (FileTime) attribute(seen, "lastModifiedTime"),
        (long) attribute(seen, "rdev"),
        (int) attribute(seen, "nlink"),
        attribute(seen, "fileKey"));
  }

  private static Object attribute(Map<String, Object> seen, String name) {
    Object value = seen.get(name);
    if (value == null) {
      throw new IllegalStateException("the file system tells no " + name);
    }
    return value;
  }

  Kind kind() throws IOException {
    for (Kind kind : Kind.values()) {
      if ((mode & KIND_MASK) == kind.bits) {
        return kind;
      }
    }
    throw new IOException("a file of unknown kind: " + path);
  }

  int permissions() {
    return mode & PERMISSIONS;
  }

  int deviceMajor() {
    return (int) ((device >>> 8) & 0xfff);
  }

  int deviceMinor() {
    return (int) ((device & 0xff) | ((device >>> 12) & 0xfff00));
  }

  /** An overlay's upper directory marks a removed file by a character device 0:0. */
  boolean isWhiteout() throws IOException {
    return kind() == Kind.CHARACTER_DEVICE && device == 0;
  }

  /** Whether this directory hides what the layers below have under its name. */
  boolean isOpaque() throws IOException {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
    if (!view.list().contains(OPAQUE_ATTRIBUTE)) {
      return false;
    }
    ByteBuffer value = ByteBuffer.allocate(view.size(OPAQUE_ATTRIBUTE));
    view.read(OPAQUE_ATTRIBUTE, value);
    return StandardCharsets.US_ASCII.decode(value.flip()).toString().equals("y");
  }
}
