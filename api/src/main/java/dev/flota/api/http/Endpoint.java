package dev.flota.api.http;

import dev.flota.api.tls.MutualTls;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;

/** Where a server listens. */
public sealed interface Endpoint {

  /** A unix socket, for root and the group {@link UnixSocketFile#GROUP}. */
  record Unix(Path path) implements Endpoint {
    @Override
    public String toString() {
      return "unix://" + path;
    }
  }

  /** TCP without encryption and without a check of who calls. */
  record PlainTcp(InetSocketAddress address) implements Endpoint {
    @Override
    public String toString() {
      return "tcp://" + address.getHostString() + ":" + address.getPort();
    }
  }

  /** TCP with TLS, for clients whose certificate the context trusts. */
  record TlsTcp(InetSocketAddress address, SSLContext context) implements Endpoint {
    @Override
    public String toString() {
      return "tcp://" + address.getHostString() + ":" + address.getPort() + " (TLS)";
    }
  }

  /**
   * TCP with TLS for other hosts of the fleet. One that has no certificate yet gets through as well
   * and may only ask for one: see {@link Caller}.
   *
   * @param hosts by which host a session was made; the handshake has verified its certificate
   */
  record PeerTcp(
      InetSocketAddress address, MutualTls tls, Function<SSLSession, Optional<String>> hosts)
      implements Endpoint {
    @Override
    public String toString() {
      return "tcp://" + address.getHostString() + ":" + address.getPort() + " (other hosts)";
    }
  }
}
