package dev.flota.engine.linux;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The TCP connections of this process. */
public final class OwnConnections {
  private static final int SHUT_RDWR = 2;
  private static final String LISTENING = "0A";

  private static final int LOCAL = 1;
  private static final int REMOTE = 2;
  private static final int STATE = 3;
  private static final int INODE = 9;

  private OwnConnections() {}

  /**
   * Ends all connections from or to a port, for whoever reads from them as if the other side had:
   * shutdown(2). Sockets that listen stay.
   *
   * @return how many there were
   * @throws IOException when proc(5) cannot be read
   */
  public static int end(int port) throws IOException {
    Set<String> sockets = new HashSet<>();
    for (String table : List.of("tcp", "tcp6")) {
      for (String line : Files.readAllLines(Path.of("/proc/self/net", table))) {
        String[] words = line.strip().split("\\s+", -1);
        if (words.length > INODE
            && !words[STATE].equals(LISTENING)
            && (isPort(words[LOCAL], port) || isPort(words[REMOTE], port))) {
          sockets.add("socket:[" + words[INODE] + "]");
        }
      }
    }
    return sockets.isEmpty() ? 0 : end(sockets);
  }

  /** Of an address as {@code 0100007F:0016}. */
  private static boolean isPort(String address, int port) {
    return address.endsWith(":%04X".formatted(port));
  }

  private static int end(Set<String> sockets) throws IOException {
    int ended = 0;
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        if (sockets.contains(target(descriptor))
            && LibC.shutdown(Integer.parseInt(descriptor.getFileName().toString()), SHUT_RDWR)
                == 0) {
          ended++;
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return ended;
  }

  private static String target(Path descriptor) throws IOException {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (NoSuchFileException e) {
      return ""; // closed since
    }
  }
}
