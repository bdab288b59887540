package dev.flota.api.http;

import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening unix socket and its file. */
public final class UnixSocketFile {
  /** Members of this group may use the API, which is as good as being root. */
  public static final String GROUP = "flota";

  private static final int BACKLOG = 1024;
  private static final Logger LOG = LoggerFactory.getLogger(UnixSocketFile.class);

  private UnixSocketFile() {}

  /**
   * Listens on {@code path}: mode 0660, owned by {@link #GROUP} if there is such a group. A file
   * left behind by a dead daemon is replaced.
   *
   * @throws BindException if another process answers there, or the file is no socket
   */
  static ServerSocketChannel listen(Path path) throws IOException {
    removeStale(path);
    Path directory = path.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path), BACKLOG);
      restrict(path);
      return server;
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** Whether a process answers on the socket. */
  public static boolean answers(Path path) {
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return probe.isConnected();
    } catch (IOException e) {
      LOG.trace("nobody answers on {}", path, e);
      return false;
    }
  }

  private static void removeStale(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    boolean socket =
        (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) >> 12 == 0b1100;
    if (!socket) {
      throw new BindException(path + " exists and is not a socket: move it away");
    }
    if (answers(path)) {
      throw new BindException(path + " is in use: another daemon answers there");
    }
    Files.deleteIfExists(path);
  }

  private static void restrict(Path path) throws IOException {
    try {
      GroupPrincipal group =
          path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(GROUP);
      Files.getFileAttributeView(path, PosixFileAttributeView.class).setGroup(group);
    } catch (UserPrincipalNotFoundException e) {
      LOG.debug("no group {}: {} is for root only", GROUP, path);
    }
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
  }

  /** Removes the file of a socket that no longer listens. */
  static void remove(Path path) {
    try {
      Files.delete(path);
    } catch (NoSuchFileException e) {
      LOG.debug("{} was removed by somebody else", path);
    } catch (IOException e) {
      LOG.warn("cannot remove {}", path, e);
    }
  }
}
