package dev.flota.engine.linux;

import java.io.IOException;

/** The TCP connections of this process. */
public final class OwnConnections {
  private static final int SHUT_RDWR = 2;

  private OwnConnections() {}

  /**
   * Ends all connections from or to a port, for whoever reads from them as if the other side had:
   * shutdown(2). Sockets that listen stay.
   *
   * @return how many there were
   * @throws IOException when proc(5) cannot be read
   */
  public static int end(int port) throws IOException {
    int ended = 0;
    for (int descriptor : TcpSockets.ofSelf(port)) {
      if (LibC.shutdown(descriptor, SHUT_RDWR) == 0) {
        ended++;
      }
    }
    return ended;
  }
}
