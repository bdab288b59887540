package dev.flota.engine.network;

import com.sun.jna.LastErrorException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * Holds a port by a bound (for TCP and SCTP, later: listening) socket, as docker-proxy does.
 * Nothing is ever received on it, for the packet filter redirects before. The socket is not
 * inherited by child processes, so a port is free again as soon as the daemon lets it go.
 */
final class SocketPortHolder implements PortHolder {
  private static final int ADDRESS_LENGTH = 16;
  private static final int BACKLOG = 1;

  @Override
  public Held hold(HostPort port) throws PortUnavailableException {
    try {
      int socket = socket(port.protocol());
      try {
        bind(socket, port);
      } catch (LastErrorException e) {
        SystemCalls.close(socket);
        throw e;
      }
      return new Socket(socket, port.protocol());
    } catch (LastErrorException e) {
      if (port.protocol() == Protocol.SCTP && unknownProtocol(e.getErrorCode())) {
        return new Nothing();
      }
      throw unavailable(e);
    }
  }

  private record Socket(int descriptor, Protocol protocol) implements Held {
    @Override
    public void listen() throws PortUnavailableException {
      if (protocol != Protocol.UDP) {
        try {
          SystemCalls.listen(descriptor, BACKLOG);
        } catch (LastErrorException e) {
          throw unavailable(e);
        }
      }
    }

    @Override
    public void close() {
      SystemCalls.close(descriptor);
    }
  }

  /** A kernel without SCTP has no process that could take the port. */
  private record Nothing() implements Held {
    @Override
    public void listen() {}

    @Override
    public void close() {}
  }

  private static PortUnavailableException unavailable(LastErrorException e) {
    return new PortUnavailableException(
        SystemCalls.strerror(e.getErrorCode()).toLowerCase(Locale.ROOT));
  }

  private static boolean unknownProtocol(int error) {
    return error == SystemCalls.EPROTONOSUPPORT || error == SystemCalls.ESOCKTNOSUPPORT;
  }

  private static int socket(Protocol protocol) {
    return switch (protocol) {
      case TCP -> open(SystemCalls.SOCK_STREAM, 0);
      case UDP -> open(SystemCalls.SOCK_DGRAM, 0);
      case SCTP -> open(SystemCalls.SOCK_STREAM, SystemCalls.IPPROTO_SCTP);
    };
  }

  private static int open(int type, int protocol) {
    return SystemCalls.socket(SystemCalls.AF_INET, type | SystemCalls.SOCK_CLOEXEC, protocol);
  }

  private static void bind(int socket, HostPort port) {
    if (port.protocol() != Protocol.UDP) {
      // Connections in TIME_WAIT from whoever had the port before do not matter.
      byte[] on =
          ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(1).array();
      SystemCalls.setsockopt(
          socket, SystemCalls.SOL_SOCKET, SystemCalls.SO_REUSEADDR, on, on.length);
    }
    SystemCalls.bind(socket, address(port), ADDRESS_LENGTH);
  }

  private static byte[] address(HostPort port) {
    return ByteBuffer.allocate(ADDRESS_LENGTH)
        .order(ByteOrder.nativeOrder())
        .putShort((short) SystemCalls.AF_INET)
        .order(ByteOrder.BIG_ENDIAN)
        .putShort((short) port.number())
        .putInt(port.address().bits())
        .array();
  }
}
