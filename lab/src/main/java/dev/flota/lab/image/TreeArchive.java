package dev.flota.lab.image;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Writes a tree as the tar archive of an image layer. The same tree gives the same bytes: entries
 * are sorted, owners are numbers, and no time is later than the given one. The marks of an
 * overlay's upper directory become the OCI specification's whiteouts ({@code .wh.NAME}, {@code
 * .wh..wh..opq}).
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/layer.md">OCI image layer
 *     specification</a>
 */
final class TreeArchive {
  private static final String WHITEOUT_PREFIX = ".wh.";
  private static final String OPAQUE_MARK = ".wh..wh..opq";

  private final Instant latest;
  private final TarArchiveOutputStream tar;
  private final Map<Object, String> firstNames = new HashMap<>();

  private TreeArchive(Instant latest, TarArchiveOutputStream tar) {
    this.latest = latest;
    this.tar = tar;
  }

  /**
   * Archives what is under a directory, without the directory itself.
   *
   * @param latest times of files made later than this are set to it
   */
  static void write(Path root, Instant latest, OutputStream target) throws IOException {
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(target, StandardCharsets.UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      new TreeArchive(latest, tar).addChildren(root, "");
    }
  }

  private void addChildren(Path directory, String prefix) throws IOException {
    for (Path child : sortedChildren(directory)) {
      add(FileNode.of(child), prefix + child.getFileName());
    }
  }

  private static List<Path> sortedChildren(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.sorted().toList();
    }
  }

  private void add(FileNode node, String name) throws IOException {
    if (node.isWhiteout()) {
      addMark(node, withLastPart(name, WHITEOUT_PREFIX + node.path().getFileName()));
      return;
    }
    switch (node.kind()) {
      case DIRECTORY -> addDirectory(node, name);
      case FILE -> addFile(node, name);
      case SYMBOLIC_LINK -> addSymbolicLink(node, name);
      case CHARACTER_DEVICE -> addDevice(node, name, TarConstants.LF_CHR);
      case BLOCK_DEVICE -> addDevice(node, name, TarConstants.LF_BLK);
      case FIFO -> addEmpty(node, new TarArchiveEntry(name, TarConstants.LF_FIFO));
      case SOCKET -> throw new IOException("a layer cannot carry a socket: " + node.path());
    }
  }

  private void addDirectory(FileNode node, String name) throws IOException {
    addEmpty(node, new TarArchiveEntry(name + "/", TarConstants.LF_DIR));
    if (node.isOpaque()) {
      addMark(node, name + "/" + OPAQUE_MARK);
    }
    addChildren(node.path(), name + "/");
  }

  private void addFile(FileNode node, String name) throws IOException {
    String firstName = node.links() > 1 ? firstNames.putIfAbsent(node.identity(), name) : null;
    if (firstName != null) {
      TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_LINK);
      link.setLinkName(firstName);
      addEmpty(node, link);
      return;
    }
    TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL);
    entry.setSize(node.size());
    describe(node, entry);
    tar.putArchiveEntry(entry);
    Files.copy(node.path(), tar);
    tar.closeArchiveEntry();
  }

  private void addSymbolicLink(FileNode node, String name) throws IOException {
    TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
    link.setLinkName(Files.readSymbolicLink(node.path()).toString());
    addEmpty(node, link);
  }

  private void addDevice(FileNode node, String name, byte kind) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, kind);
    entry.setDevMajor(node.deviceMajor());
    entry.setDevMinor(node.deviceMinor());
    addEmpty(node, entry);
  }

  /** A whiteout is an empty file that no container ever sees. */
  private void addMark(FileNode node, String name) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL);
    entry.setMode(0_644);
    entry.setIds(0, 0);
    entry.setModTime(time(node));
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  private void addEmpty(FileNode node, TarArchiveEntry entry) throws IOException {
    describe(node, entry);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  private void describe(FileNode node, TarArchiveEntry entry) {
    entry.setMode(node.permissions());
    entry.setUserId(node.user());
    entry.setGroupId(node.group());
    entry.setUserName("");
    entry.setGroupName("");
    entry.setModTime(time(node));
  }

  /** In whole seconds, as the plain tar header has it. */
  private FileTime time(FileNode node) {
    Instant modified = node.modified().toInstant();
    Instant kept = modified.isAfter(latest) ? latest : modified;
    return FileTime.from(Instant.ofEpochSecond(kept.getEpochSecond()));
  }

  private static String withLastPart(String name, String lastPart) {
    int slash = name.lastIndexOf('/');
    return name.substring(0, slash + 1) + lastPart;
  }
}
