package dev.flota.api.client;

import dev.flota.api.tls.MutualTls;
import dev.flota.engine.EngineException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a daemon is reached, as {@code docker -H} takes it. */
public sealed interface DaemonAddress {
  /** One connection; closed, both directions end. */
  record Connection(InputStream in, OutputStream out, Closeable socket) implements Closeable {
    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** Connects. */
  Connection connect() throws IOException;

  /**
   * {@code unix:///PATH} or {@code tcp://HOST[:PORT]}, with Docker's ports: 2376 by TLS, else 2375.
   *
   * @param tls of a daemon that is reached by TCP; empty speaks plainly
   * @throws EngineException INVALID for another kind of address
   */
  static DaemonAddress parse(String address, Optional<MutualTls> tls) {
    if (address.startsWith("unix://")) {
      return new Unix(Path.of(address.substring("unix://".length())));
    }
    try {
      URI uri = new URI(address);
      String host = uri.getHost();
      if ("tcp".equals(uri.getScheme()) && host != null) {
        int usual = tls.isPresent() ? 2376 : 2375;
        return new Tcp(host, uri.getPort() < 0 ? usual : uri.getPort(), tls.orElse(null));
      }
    } catch (URISyntaxException e) {
      throw unknown(address, ": " + e.getMessage());
    }
    throw unknown(address, "");
  }

  private static EngineException unknown(String address, String reason) {
    return EngineException.invalid(
        "-H: \"%s\" is neither unix:///PATH nor tcp://HOST:PORT%s".formatted(address, reason));
  }

  /** A socket of this machine. */
  record Unix(Path path) implements DaemonAddress {
    @Override
    public Connection connect() throws IOException {
      SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
      return new Connection(
          Channels.newInputStream(channel), Channels.newOutputStream(channel), channel);
    }

    @Override
    public String toString() {
      return "unix://" + path;
    }
  }

  /** A port of this or another machine. */
  record Tcp(String host, int port, @Nullable MutualTls tls) implements DaemonAddress {
    @Override
    public Connection connect() throws IOException {
      Socket socket =
          tls == null ? new Socket(InetAddress.getByName(host), port) : tls.connect(host, port);
      return new Connection(socket.getInputStream(), socket.getOutputStream(), socket);
    }

    @Override
    public String toString() {
      return "tcp://" + host + ":" + port;
    }
  }
}
