package dev.flota.api.http;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.http.javadsl.Http;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.settings.ServerSettings;
import akka.stream.Materializer;
import akka.stream.SystemMaterializer;
import akka.stream.TLSProtocol.SslTlsInbound;
import akka.stream.TLSProtocol.SslTlsOutbound;
import akka.stream.javadsl.BidiFlow;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.TLSPlacebo;
import akka.util.ByteString;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.flota.api.tls.MutualTls;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * akka-http over sockets of our own. It has an ActorSystem to itself, so that the API goes on
 * answering while the engine's ActorSystem ends and another takes its place.
 */
public final class HttpServer implements AutoCloseable {
  private static final int BACKLOG = 1024;
  private static final Duration STOP_WITHIN = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

  private final ActorSystem system;
  private final Materializer materializer;
  private final NioLoop loop;
  private final BidiFlow<HttpResponse, ByteString, ByteString, HttpRequest, NotUsed> http;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();

  private record Listener(Endpoint endpoint, ServerSocketChannel socket) {}

  private HttpServer(ActorSystem system, NioLoop loop) {
    this.system = system;
    this.loop = loop;
    materializer = SystemMaterializer.get(system).materializer();
    http = Http.get(system).serverLayer(ServerSettings.create(system)).atop(withoutTls());
  }

  /** A server that listens nowhere yet. */
  public static HttpServer start() throws IOException {
    Config config = ConfigFactory.load("flota-http");
    return new HttpServer(ActorSystem.create("flota-http", config), NioLoop.start("flota-sockets"));
  }

  /** Runs the streams of requests and answers. */
  public Materializer materializer() {
    return materializer;
  }

  /** A client for the daemons of other hosts, to whom this host shows its certificate. */
  public PeerClient peerClient(MutualTls tls) {
    return new PeerClient(system, materializer, loop, tls);
  }

  /** Connections open now. */
  public int connections() {
    return connections.get();
  }

  /**
   * Listens and answers with {@code handler}.
   *
   * @return where it listens: a TCP port 0 has become a free port
   * @throws IOException if the address cannot be had; its message names the address
   */
  public Endpoint listen(Endpoint endpoint, RequestHandler handler) throws IOException {
    Listener listener =
        switch (endpoint) {
          case Endpoint.Unix unix -> new Listener(unix, UnixSocketFile.listen(unix.path()));
          case Endpoint.PlainTcp tcp -> {
            ServerSocketChannel socket = bind(tcp.address());
            yield new Listener(new Endpoint.PlainTcp(localAddress(socket)), socket);
          }
          case Endpoint.TlsTcp tls -> {
            ServerSocketChannel socket = bind(tls.address());
            yield new Listener(new Endpoint.TlsTcp(localAddress(socket), tls.context()), socket);
          }
          case Endpoint.PeerTcp peer -> {
            ServerSocketChannel socket = bind(peer.address());
            yield new Listener(
                new Endpoint.PeerTcp(localAddress(socket), peer.tls(), peer.hosts()), socket);
          }
        };
    listeners.add(listener);
    loop.accept(listener.socket(), channel -> serve(listener.endpoint(), channel, handler));
    LOG.info("API listens on {}", listener.endpoint());
    return listener.endpoint();
  }

  /** Listens there no more; connections that are open go on. */
  public void stopListening(Endpoint endpoint) {
    for (Listener listener : listeners) {
      if (listener.endpoint().equals(endpoint)) {
        close(listener);
      }
    }
    listeners.removeIf(listener -> listener.endpoint().equals(endpoint));
    loop.wakeUp();
  }

  /** Stops listening, then ends all connections. */
  @Override
  public void close() {
    stopListening();
    try {
      system.terminate();
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .get(STOP_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.warn("the HTTP server did not stop within {}", STOP_WITHIN, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      loop.close();
    }
  }

  /** Accepts no more connections; those that are open go on. */
  public void stopListening() {
    listeners.forEach(HttpServer::close);
    listeners.clear();
    loop.wakeUp();
  }

  private static void close(Listener listener) {
    try {
      listener.socket().close();
    } catch (IOException e) {
      LOG.warn("closing {}", listener.endpoint(), e);
    }
    if (listener.endpoint() instanceof Endpoint.Unix unix) {
      UnixSocketFile.remove(unix.path());
    }
  }

  private void serve(Endpoint endpoint, SocketChannel channel, RequestHandler handler) {
    connections.incrementAndGet();
    Connection connection = new Connection(connections::decrementAndGet);
    AtomicReference<@Nullable Caller> caller =
        new AtomicReference<>(
            endpoint instanceof Endpoint.PeerTcp ? new Caller.Stranger() : new Caller.Client());
    Flow<ByteString, ByteString, NotUsed> answers =
        Flow.of(HttpRequest.class)
            .map(request -> Objects.requireNonNull(caller.get(), "never null").sign(request))
            .mapAsync(1, request -> handler.handle(request).thenApply(connection::answering))
            .join(http);
    Flow<ByteString, ByteString, NotUsed> socket =
        Flow.fromGraph(new NioFlow(channel, loop, connection));
    switch (endpoint) {
      case Endpoint.Unix unix -> socket.join(answers).run(materializer);
      case Endpoint.PlainTcp tcp -> {
        tune(channel);
        socket.join(answers).run(materializer);
      }
      case Endpoint.TlsTcp tls -> {
        tune(channel);
        BidiFlow<ByteString, ByteString, ByteString, ByteString, NotUsed> encryption =
            BidiFlow.fromGraph(
                new TlsStage(() -> new MutualTls(tls.context()).serverEngine(), session -> {}));
        socket.join(answers.join(encryption)).run(materializer);
      }
      case Endpoint.PeerTcp peer -> {
        tune(channel);
        BidiFlow<ByteString, ByteString, ByteString, ByteString, NotUsed> encryption =
            BidiFlow.fromGraph(
                new TlsStage(
                    peer.tls()::openServerEngine,
                    session -> caller.set(Caller.of(peer.hosts().apply(session)))));
        socket.join(answers.join(encryption)).run(materializer);
      }
    }
  }

  private static void tune(SocketChannel channel) {
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    } catch (IOException e) {
      LOG.debug("tuning {}", channel, e);
    }
  }

  private static ServerSocketChannel bind(InetSocketAddress address) throws IOException {
    ServerSocketChannel socket = ServerSocketChannel.open();
    try {
      socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      return socket.bind(address, BACKLOG);
    } catch (IOException | RuntimeException e) {
      socket.close();
      BindException named =
          new BindException("cannot listen on " + address + ": " + e.getMessage());
      named.initCause(e);
      throw named;
    }
  }

  private static InetSocketAddress localAddress(ServerSocketChannel socket) throws IOException {
    return (InetSocketAddress) socket.getLocalAddress();
  }

  /** Plain bytes in the shape that akka-http's layer wants; encryption is {@link TlsStage}'s. */
  @SuppressWarnings("unchecked") // SessionBytes is the one SslTlsInbound that the placebo makes
  private static BidiFlow<SslTlsOutbound, ByteString, ByteString, SslTlsInbound, NotUsed>
      withoutTls() {
    return (BidiFlow<SslTlsOutbound, ByteString, ByteString, SslTlsInbound, NotUsed>)
        (BidiFlow<?, ?, ?, ?, ?>) TLSPlacebo.getInstance();
  }
}
