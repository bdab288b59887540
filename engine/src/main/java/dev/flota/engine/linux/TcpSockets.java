package dev.flota.engine.linux;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** TCP sockets as proc(5) tells of them. */
final class TcpSockets {
  private static final Path SELF = Path.of("/proc/self");

  private TcpSockets() {}

  /** Numbers of this process's descriptors whose connections are from or to a port. */
  static List<Integer> ofSelf(int port) throws IOException {
    return of(SELF, connects(port));
  }

  /** The same of another process in this network namespace; none if it has ended. */
  static List<Integer> connected(int pid, int port) throws IOException {
    return of(pid, connects(port));
  }

  /** Numbers of its descriptors by which it listens at a port; none if it has ended. */
  static List<Integer> listening(int pid, int port) throws IOException {
    return of(pid, socket -> socket.listening() && socket.localPort() == port);
  }

  private static Predicate<SocketTable.Entry> connects(int port) {
    return socket ->
        !socket.listening() && (socket.localPort() == port || socket.remotePort() == port);
  }

  private static List<Integer> of(int pid, Predicate<SocketTable.Entry> wanted) throws IOException {
    try {
      return of(Path.of("/proc", Integer.toString(pid)), wanted);
    } catch (AccessDeniedException e) {
      throw e;
    } catch (FileSystemException ended) { // ENOENT or ESRCH, by how far the kernel has come
      return List.of();
    }
  }

  private static List<Integer> of(Path process, Predicate<SocketTable.Entry> wanted)
      throws IOException {
    Set<String> sockets = links(wanted);
    List<Integer> numbers = new ArrayList<>();
    if (sockets.isEmpty()) {
      return numbers;
    }
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        if (sockets.contains(target(descriptor))) {
          numbers.add(Integer.valueOf(descriptor.getFileName().toString()));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return numbers;
  }

  private static Set<String> links(Predicate<SocketTable.Entry> wanted) throws IOException {
    Set<String> sockets = new HashSet<>();
    for (String table : List.of("tcp", "tcp6")) {
      SocketTable.parse(Files.readAllLines(SELF.resolve("net").resolve(table))).entries().stream()
          .filter(wanted)
          .forEach(socket -> sockets.add("socket:[" + socket.inode() + "]"));
    }
    return sockets;
  }

  private static String target(Path descriptor) throws IOException {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (NoSuchFileException e) {
      return ""; // closed since
    }
  }
}
