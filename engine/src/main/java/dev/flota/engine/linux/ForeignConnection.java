package dev.flota.engine.linux;

import com.sun.jna.ptr.IntByReference;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A TCP connection of another process, held along with it. */
public final class ForeignConnection implements AutoCloseable {
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_NODELAY = 1;

  private final Descriptor socket;

  private ForeignConnection(Descriptor socket) {
    this.socket = socket;
  }

  /**
   * The connection of a process from or to a port; empty while it has none.
   *
   * @param pid of a process in this network namespace
   * @throws IOException when proc(5) cannot be read
   * @throws LinuxException when the process may not be looked into
   */
  public static Optional<ForeignConnection> of(int pid, int port) throws IOException {
    List<Integer> numbers = TcpSockets.of(pid, port);
    if (numbers.isEmpty()) {
      return Optional.empty();
    }
    try (PidDescriptor process = PidDescriptor.open(pid).orElse(null)) {
      return process == null
          ? Optional.empty()
          : process.share(numbers.getFirst()).map(ForeignConnection::new);
    }
  }

  /**
   * Sends at once what the process has written and the kernel holds back, by TCP_CORK or Nagle's
   * algorithm: {@code TCP_NODELAY} in tcp(7). What it writes later may be held back again.
   */
  public void push() {
    if (LibC.setsockopt(
            socket.number(), IPPROTO_TCP, TCP_NODELAY, new IntByReference(1), Integer.BYTES)
        < 0) {
      throw LinuxException.last("push a connection");
    }
  }

  /** The process keeps its connection. */
  @Override
  public void close() {
    socket.close();
  }
}
