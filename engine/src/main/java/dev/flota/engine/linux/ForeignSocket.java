package dev.flota.engine.linux;

import com.sun.jna.ptr.IntByReference;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A TCP socket of another process, held along with it: tcp(7). */
public final class ForeignSocket implements AutoCloseable {
  private static final int SOL_SOCKET = 1;
  private static final int SO_KEEPALIVE = 9;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_NODELAY = 1;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;
  private static final int TCP_USER_TIMEOUT = 18;
  private static final int PROBES = 4;

  private final Descriptor socket;

  private ForeignSocket(Descriptor socket) {
    this.socket = socket;
  }

  /**
   * The connection of a process from or to a port; empty while it has none.
   *
   * @param pid of a process in this network namespace
   * @throws IOException when proc(5) cannot be read
   * @throws LinuxException when the process may not be looked into
   */
  public static Optional<ForeignSocket> connected(int pid, int port) throws IOException {
    return share(pid, TcpSockets.connected(pid, port));
  }

  /**
   * That by which a process takes in who comes to a port: what is set of it goes for each
   * connection that is made by it from then on.
   *
   * @see #connected
   */
  public static Optional<ForeignSocket> listening(int pid, int port) throws IOException {
    return share(pid, TcpSockets.listening(pid, port));
  }

  private static Optional<ForeignSocket> share(int pid, List<Integer> numbers) {
    if (numbers.isEmpty()) {
      return Optional.empty();
    }
    try (PidDescriptor process = PidDescriptor.open(pid).orElse(null)) {
      return process == null
          ? Optional.empty()
          : process.share(numbers.getFirst()).map(ForeignSocket::new);
    }
  }

  /**
   * Sends at once what the process has written and the kernel holds back, by TCP_CORK or Nagle's
   * algorithm. What it writes later may be held back again.
   */
  public void push() {
    set(IPPROTO_TCP, TCP_NODELAY, 1);
  }

  /**
   * Has the kernel end a connection whose other side has not been heard for so long, though it was
   * asked: else one that has lost its power is waited for without end.
   *
   * @param silence of some seconds at least
   */
  public void endAfter(Duration silence) {
    int seconds = Math.max(1, (int) silence.toSeconds() / PROBES);
    set(IPPROTO_TCP, TCP_KEEPIDLE, seconds);
    set(IPPROTO_TCP, TCP_KEEPINTVL, seconds);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, (int) silence.toMillis());
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
  }

  private void set(int level, int option, int value) {
    if (LibC.setsockopt(socket.number(), level, option, new IntByReference(value), Integer.BYTES)
        < 0) {
      throw LinuxException.last("set an option of another process's socket");
    }
  }

  /** The process keeps its socket. */
  @Override
  public void close() {
    socket.close();
  }
}
