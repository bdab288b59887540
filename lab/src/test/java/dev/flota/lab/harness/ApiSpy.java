package dev.flota.lab.harness;

import dev.flota.lab.harness.HttpMessage.NotHttpException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * A unix socket before the engine's own: passes all bytes on untouched, at once and both ways, and
 * tells of every exchange that it understood on the way.
 */
public final class ApiSpy implements AutoCloseable {
  private static final HttpMessage NO_MORE = new HttpMessage("", Map.of());

  private final Path engine;
  private final Consumer<Exchange> listener;
  private final Path socket;
  private final ServerSocketChannel server;

  /**
   * Listens.
   *
   * @param socket where clients connect; made here
   * @param engine where the engine listens, now or later
   */
  public ApiSpy(Path socket, Path engine, Consumer<Exchange> listener) {
    this.engine = engine;
    this.listener = listener;
    this.socket = socket;
    try {
      this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(socket));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    Thread.ofPlatform().daemon().name("api-spy").start(this::accept);
  }

  /** As {@code DOCKER_HOST} has it. */
  public String host() {
    return "unix://" + socket;
  }

  /** Where it listens. */
  public Path socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel client = server.accept();
        Thread.ofPlatform().daemon().start(() -> serve(client));
      }
    } catch (ClosedChannelException closed) {
      return;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** A dead engine looks to the client as it is: a connection that ends. */
  private void serve(SocketChannel client) {
    try (client;
        SocketChannel upstream = SocketChannel.open(UnixDomainSocketAddress.of(engine))) {
      BlockingQueue<HttpMessage> requests = new LinkedBlockingQueue<>();
      Thread requestReader =
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> pump(() -> followRequests(client, upstream, requests), client, upstream));
      pump(() -> followAnswers(upstream, client, requests), client, upstream);
      requestReader.join();
    } catch (IOException refused) {
      return;
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    }
  }

  /** A socket that breaks takes the other one along. */
  private static void pump(Pump pump, SocketChannel client, SocketChannel upstream) {
    try {
      pump.run();
    } catch (IOException broken) {
      closeBoth(client, upstream);
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeBoth(SocketChannel client, SocketChannel upstream) {
    try (client;
        upstream) {
      return;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void followRequests(
      SocketChannel client, SocketChannel upstream, BlockingQueue<HttpMessage> requests)
      throws IOException {
    ForwardingStream stream = new ForwardingStream(client, upstream);
    try {
      HttpMessage request = HttpMessage.readHead(stream);
      while (request != null) {
        requests.add(request);
        request.readBody(stream, false);
        request = request.headers().containsKey("upgrade") ? null : HttpMessage.readHead(stream);
      }
    } catch (NotHttpException raw) {
      // A client of old times hijacks without saying so.
    } finally {
      requests.add(NO_MORE);
    }
    stream.forwardToEnd();
  }

  private void followAnswers(
      SocketChannel upstream, SocketChannel client, BlockingQueue<HttpMessage> requests)
      throws IOException, InterruptedException {
    ForwardingStream stream = new ForwardingStream(upstream, client);
    Optional<HttpMessage> answer = Optional.ofNullable(HttpMessage.readHead(stream));
    while (answer.isPresent()) {
      HttpMessage head = answer.get();
      if (head.status() == 101 || head.status() >= 200) {
        HttpMessage request = requests.take();
        if (request.equals(NO_MORE) || !follow(request, head, stream)) {
          break;
        }
      }
      answer = Optional.ofNullable(HttpMessage.readHead(stream));
    }
    stream.forwardToEnd();
  }

  /** Tells of the exchange; false if what comes next is no HTTP any more. */
  private boolean follow(HttpMessage request, HttpMessage answer, ForwardingStream stream)
      throws IOException {
    int status = answer.status();
    boolean endless = !answer.isChunked() && !answer.headers().containsKey("content-length");
    boolean hijacked =
        status == 101
            || (endless && answer.header("content-type").startsWith("application/vnd.docker."));
    boolean bodiless = hijacked || request.word(0).equals("HEAD") || status == 204 || status == 304;
    byte[] body = bodiless ? new byte[0] : answer.readBody(stream, true);
    boolean json = answer.header("content-type").startsWith("application/json");
    String[] target = request.word(1).split("\\?", 2);
    listener.accept(
        new Exchange(
            request.word(0),
            target[0],
            target.length > 1 ? target[1] : "",
            status,
            answer.header("content-type"),
            json ? new String(body, StandardCharsets.UTF_8) : ""));
    return !hijacked;
  }

  private interface Pump {
    void run() throws IOException, InterruptedException;
  }
}
