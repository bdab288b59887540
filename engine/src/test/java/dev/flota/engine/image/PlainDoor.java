package dev.flota.engine.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A port before a plain HTTP server that turns TLS away at its first byte, as servers of this world
 * do; the JDK's own would wait for the end of what it takes for a request.
 */
public final class PlainDoor implements AutoCloseable {
  private static final int TLS_HANDSHAKE = 22;

  private final ServerSocket door;
  private final InetSocketAddress server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /** Opens a door to that server. */
  public PlainDoor(InetSocketAddress server) throws IOException {
    this.server = server;
    door = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    Thread.startVirtualThread(this::accept);
  }

  /** Where it is, on loopback. */
  public int port() {
    return door.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = door.accept();
        open.add(client);
        Thread.startVirtualThread(() -> serve(client));
      }
    } catch (IOException closed) {
      return;
    }
  }

  private void serve(Socket client) {
    try (client;
        PushbackInputStream in = new PushbackInputStream(client.getInputStream())) {
      int first = in.read();
      if (first < 0 || first == TLS_HANDSHAKE) {
        return;
      }
      in.unread(first);
      try (Socket inside = new Socket(server.getAddress(), server.getPort())) {
        open.add(inside);
        Thread.startVirtualThread(() -> copy(in, inside));
        inside.getInputStream().transferTo(client.getOutputStream());
      }
    } catch (IOException ended) {
      return; // a client that goes away is none of our business
    }
  }

  /** Requests go in until the client has no more; answers may still come out then. */
  private static void copy(InputStream in, Socket inside) {
    try {
      OutputStream out = inside.getOutputStream();
      in.transferTo(out);
      inside.shutdownOutput();
    } catch (IOException ended) {
      return; // a client that goes away is none of our business
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (Socket each : open) {
      each.close();
    }
  }
}
