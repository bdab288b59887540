package dev.flota.engine.image.layer;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unpacks one layer's archive into a directory that overlayfs takes as a lower directory (OCI
 * image-spec 1.1, "Image Layer Filesystem Changeset"): a whiteout becomes a character device 0/0,
 * an opaque directory gets {@code trusted.overlay.opaque}. Needs root.
 *
 * <p>The archive is not trusted: whatever it holds, nothing outside the directory changes. What a
 * failed unpacking leaves inside is the caller's to delete.
 */
public final class LayerUnpacker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LayerUnpacker.class);

  private static final String WHITEOUT = ".wh.";
  private static final String WHITEOUT_META = ".wh..wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final byte[] OPAQUE_ATTRIBUTE = FileCalls.path("trusted.overlay.opaque");
  private static final byte[] YES = {'y'};
  private static final String TRUSTED = "trusted.";
  private static final int PERMISSIONS = 07777;
  private static final int BUFFER = 128 * 1024;

  private final RootDirectory root;
  private final byte[] buffer = new byte[BUFFER];
  private final Memory memory = new Memory(BUFFER);
  private long size;

  private LayerUnpacker(RootDirectory root) {
    this.root = root;
  }

  /**
   * Unpacks a whole archive and reads its stream to the end.
   *
   * @param archive an uncompressed tar archive
   * @param directory exists and is empty; nobody else writes to it
   * @return bytes of all regular files
   * @throws InvalidLayerException when the archive is damaged or hostile
   * @throws IOException when reading or writing fails
   */
  public static long unpack(InputStream archive, Path directory) throws IOException {
    try (RootDirectory root = RootDirectory.open(directory);
        LayerUnpacker unpacker = new LayerUnpacker(root)) {
      unpacker.unpackAll(archive);
      return unpacker.size;
    }
  }

  private void unpackAll(InputStream archive) throws IOException {
    TarReader reader = new TarReader(archive);
    TarEntry entry = reader.next();
    while (entry != null) {
      if (Thread.interrupted()) {
        throw new InterruptedIOException("context canceled");
      }
      place(entry, reader);
      entry = reader.next();
    }
    root.finish();
    drain(archive);
  }

  private void drain(InputStream archive) throws IOException {
    int count = 0;
    while (count >= 0) {
      count = archive.read(buffer);
    }
  }

  private void place(TarEntry entry, TarReader data) throws IOException {
    String name = EntryName.clean(entry.name());
    if (entry.type() == TarEntry.GLOBAL_HEADER) {
      return;
    }
    if (name.isEmpty()) {
      requireDirectory(entry);
      return;
    }
    if (EntryName.last(name).startsWith(WHITEOUT)) {
      hide(name);
      return;
    }
    String path = root.resolve(name);
    boolean hidden = root.takeWhiteout(path);
    make(entry, path, data);
    if (hidden && entry.type() == TarEntry.DIRECTORY) {
      makeOpaque(path);
    }
  }

  /** As in Docker the root keeps its own owner and mode; it cannot be anything but a directory. */
  private static void requireDirectory(TarEntry entry) throws InvalidLayerException {
    if (entry.type() != TarEntry.DIRECTORY) {
      throw new InvalidLayerException("invalid name " + EntryName.quote(entry.name()));
    }
  }

  private void make(TarEntry entry, String path, TarReader data) throws IOException {
    switch (entry.type()) {
      case TarEntry.FILE -> makeFile(entry, path, data);
      case TarEntry.DIRECTORY -> makeDirectory(entry, path);
      case TarEntry.SYMBOLIC_LINK -> makeSymbolicLink(entry, path);
      case TarEntry.HARD_LINK -> makeHardLink(entry, path);
      case TarEntry.CHARACTER_DEVICE -> makeNode(entry, path, FileCalls.S_IFCHR);
      case TarEntry.BLOCK_DEVICE -> makeNode(entry, path, FileCalls.S_IFBLK);
      case TarEntry.FIFO -> makeNode(entry, path, FileCalls.S_IFIFO);
      default -> throw new InvalidLayerException("unhandled tar header type " + (int) entry.type());
    }
  }

  private void makeFile(TarEntry entry, String path, TarReader data) throws IOException {
    int flags =
        FileCalls.O_WRONLY
            | FileCalls.O_CREAT
            | FileCalls.O_EXCL
            | FileCalls.O_NOFOLLOW
            | FileCalls.O_CLOEXEC;
    int file =
        root.replace("open", path, name -> FileCalls.openat(root.descriptor(), name, flags, 0600));
    try {
      if (entry.segments().isEmpty() && entry.size() == entry.storedSize()) {
        copy(data, file, entry.size());
      } else {
        copySparse(entry, data, file);
      }
      setOwnerAndMode(file, entry);
      setAttributes(file, path, entry);
      FileCalls.futimens(file, times(entry));
    } catch (LastErrorException e) {
      throw new FileCallException("write", "/" + path, e);
    } finally {
      FileCalls.close(file);
    }
    size += entry.size();
  }

  private void copySparse(TarEntry entry, TarReader data, int file) throws IOException {
    for (TarEntry.Segment segment : entry.segments()) {
      FileCalls.lseek(file, segment.offset(), 0);
      copy(data, file, segment.length());
    }
    FileCalls.ftruncate(file, entry.size());
  }

  private void copy(TarReader data, int file, long length) throws IOException {
    long left = length;
    while (left > 0) {
      int count = data.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (count < 0) {
        throw new InvalidLayerException("unexpected EOF");
      }
      memory.write(0, buffer, 0, count);
      long written = 0;
      while (written < count) {
        written +=
            FileCalls.write(file, written == 0 ? memory : memory.share(written), count - written);
      }
      left -= count;
    }
  }

  private void makeDirectory(TarEntry entry, String path) throws IOException {
    root.makeDirectory(path);
    int flags =
        FileCalls.O_RDONLY | FileCalls.O_DIRECTORY | FileCalls.O_NOFOLLOW | FileCalls.O_CLOEXEC;
    int directory =
        FileCallException.checked(
            "open",
            path,
            () -> FileCalls.openat(root.descriptor(), FileCalls.path(path), flags, 0));
    try {
      setOwnerAndMode(directory, entry);
      setAttributes(directory, path, entry);
    } catch (LastErrorException e) {
      throw new FileCallException("chmod", "/" + path, e);
    } finally {
      FileCalls.close(directory);
    }
    root.setTimesAtEnd(path, times(entry));
  }

  private void makeSymbolicLink(TarEntry entry, String path) throws IOException {
    byte[] target = FileCalls.path(entry.linkName());
    root.replace("symlink", path, name -> FileCalls.symlinkat(target, root.descriptor(), name));
    setOwner(entry, path);
    setLinkAttributes(entry, path);
    root.setTimes(path, times(entry));
  }

  private void makeHardLink(TarEntry entry, String path) throws IOException {
    String target = hardLinkTarget(entry);
    byte[] old = FileCalls.path(root.resolve(target));
    root.replace(
        "link", path, name -> FileCalls.linkat(root.descriptor(), old, root.descriptor(), name, 0));
  }

  private static String hardLinkTarget(TarEntry entry) throws InvalidLayerException {
    try {
      String target = EntryName.clean(entry.linkName());
      if (!target.isEmpty()) {
        return target;
      }
    } catch (InvalidLayerException e) {
      LOG.debug("{}", e.getMessage());
    }
    throw new InvalidLayerException(
        "invalid hardlink "
            + EntryName.quote(entry.name())
            + " -> "
            + EntryName.quote(entry.linkName()));
  }

  private void makeNode(TarEntry entry, String path, int kind) throws IOException {
    long device =
        kind == FileCalls.S_IFIFO ? 0 : FileCalls.device(entry.deviceMajor(), entry.deviceMinor());
    int mode = entry.mode() & PERMISSIONS;
    root.replace(
        "mknod", path, name -> FileCalls.mknodat(root.descriptor(), name, kind | mode, device));
    setOwner(entry, path);
    FileCallException.checked(
        "chmod", path, () -> FileCalls.fchmodat(root.descriptor(), FileCalls.path(path), mode, 0));
    setLinkAttributes(entry, path);
    root.setTimes(path, times(entry));
  }

  /** A whiteout hides what lower layers have under that name, never what this layer has. */
  private void hide(String name) throws IOException {
    String last = EntryName.last(name);
    String directory = EntryName.parent(name);
    if (last.equals(OPAQUE)) {
      makeOpaque(root.directory(directory));
      return;
    }
    if (last.startsWith(WHITEOUT_META)) {
      return;
    }
    String hidden = last.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw new InvalidLayerException("invalid whiteout name " + EntryName.quote(name));
    }
    makeWhiteout(root.resolve(EntryName.join(directory, hidden)));
  }

  private void makeWhiteout(String path) throws IOException {
    try {
      FileCalls.mknodat(root.descriptor(), FileCalls.path(path), FileCalls.S_IFCHR, 0);
      root.addWhiteout(path);
    } catch (LastErrorException e) {
      if (e.getErrorCode() != FileCalls.EEXIST) {
        throw new FileCallException("mknod", "/" + path, e);
      }
      if (root.isDirectory(path)) {
        makeOpaque(path);
      }
    }
  }

  private void makeOpaque(String directory) throws IOException {
    byte[] path = FileCalls.path(root.throughDescriptor(directory));
    FileCallException.checked(
        "setxattr", directory, () -> FileCalls.lsetxattr(path, OPAQUE_ATTRIBUTE, YES, 1, 0));
  }

  private static void setOwnerAndMode(int file, TarEntry entry) {
    FileCalls.fchown(file, entry.user(), entry.group());
    FileCalls.fchmod(file, entry.mode() & PERMISSIONS);
  }

  private void setOwner(TarEntry entry, String path) throws IOException {
    FileCallException.checked(
        "lchown",
        path,
        () ->
            FileCalls.fchownat(
                root.descriptor(),
                FileCalls.path(path),
                entry.user(),
                entry.group(),
                FileCalls.AT_SYMLINK_NOFOLLOW));
  }

  private void setAttributes(int file, String path, TarEntry entry) throws IOException {
    for (Map.Entry<String, byte[]> each : entry.attributes().entrySet()) {
      byte[] value = each.getValue();
      setAttribute(
          each.getKey(), path, name -> FileCalls.fsetxattr(file, name, value, value.length, 0));
    }
  }

  private void setLinkAttributes(TarEntry entry, String path) throws IOException {
    byte[] through = FileCalls.path(root.throughDescriptor(path));
    for (Map.Entry<String, byte[]> each : entry.attributes().entrySet()) {
      byte[] value = each.getValue();
      setAttribute(
          each.getKey(), path, name -> FileCalls.lsetxattr(through, name, value, value.length, 0));
    }
  }

  /**
   * Attributes of the trusted name space are the host's (overlayfs keeps its own there) and are
   * left out; so are those that the file system has no room for, as in Docker.
   */
  private static void setAttribute(String attribute, String path, RootDirectory.Creation call)
      throws IOException {
    if (attribute.startsWith(TRUSTED)) {
      return;
    }
    try {
      call.at(FileCalls.path(attribute));
    } catch (LastErrorException e) {
      if (e.getErrorCode() != FileCalls.ENOTSUP && e.getErrorCode() != FileCalls.EPERM) {
        throw new FileCallException("setxattr", "/" + path, e);
      }
      LOG.debug("{} of {} is left out: {}", attribute, path, FileCalls.text(e.getErrorCode()));
    }
  }

  private static long[] times(TarEntry entry) {
    return new long[] {entry.seconds(), entry.nanoseconds(), entry.seconds(), entry.nanoseconds()};
  }

  @Override
  public void close() {
    memory.close();
  }
}
