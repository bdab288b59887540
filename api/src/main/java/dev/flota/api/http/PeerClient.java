package dev.flota.api.http;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.http.javadsl.ConnectionContext;
import akka.http.javadsl.Http;
import akka.http.javadsl.HttpsConnectionContext;
import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.japi.Pair;
import akka.stream.Materializer;
import akka.stream.javadsl.AsPublisher;
import akka.stream.javadsl.BidiFlow;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.flota.api.tls.MutualTls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;

/**
 * Asks the daemons of other hosts. Plain calls share connections that are kept open; a call whose
 * answer hands the connection over gets one to itself.
 */
public final class PeerClient {
  private static final int CONNECT_MILLIS = 5_000;
  private static final long LARGEST_REFUSAL = 1 << 20;

  private final ActorSystem system;
  private final Materializer materializer;
  private final NioLoop loop;
  private final MutualTls tls;
  private final HttpsConnectionContext context;
  private final Executor connecting =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("connect-", 0).factory());

  PeerClient(ActorSystem system, Materializer materializer, NioLoop loop, MutualTls tls) {
    this.system = system;
    this.materializer = materializer;
    this.loop = loop;
    this.tls = tls;
    context = ConnectionContext.httpsClient(tls::clientEngine);
  }

  /** A plain call; its URI names host and port. The stage fails when the host cannot be reached. */
  public CompletionStage<HttpResponse> send(HttpRequest request) {
    return Http.get(system).singleRequest(request, context);
  }

  /**
   * A call whose answer may hand the connection over.
   *
   * @param target path and query, as they came
   * @param headers besides those of the body and of the upgrade
   * @param body the whole of it
   */
  public record Handover(
      String method,
      String target,
      Iterable<HttpHeader> headers,
      ContentType type,
      ByteString body) {

    private ByteString bytes(InetSocketAddress host) {
      StringBuilder head = new StringBuilder(512);
      head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: ");
      head.append(host.getHostString()).append(':').append(host.getPort());
      head.append("\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n");
      headers.forEach(
          header -> head.append(header.name()).append(": ").append(header.value()).append("\r\n"));
      if (body.nonEmpty()) {
        head.append("Content-Type: ").append(type).append("\r\n");
      }
      head.append("Content-Length: ").append(body.size()).append("\r\n\r\n");
      return ByteString.fromString(head.toString(), StandardCharsets.ISO_8859_1).concat(body);
    }
  }

  /** What came back: the connection, or another answer. */
  public sealed interface HandedOver {
    /** Raw bytes both ways from now on. */
    record Session(String contentType, Flow<ByteString, ByteString, NotUsed> bytes)
        implements HandedOver {}

    /** The host has answered instead. */
    record Answer(HttpResponse response) implements HandedOver {}
  }

  /** Sends it over a connection of its own. The stage fails when the host cannot be reached. */
  public CompletionStage<HandedOver> send(InetSocketAddress host, Handover request) {
    return CompletableFuture.supplyAsync(() -> connect(host), connecting)
        .thenCompose(channel -> exchange(host, channel, request));
  }

  private static SocketChannel connect(InetSocketAddress host) {
    try {
      SocketChannel channel = SocketChannel.open();
      try {
        channel.socket().connect(host, CONNECT_MILLIS);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        channel.configureBlocking(false);
        return channel;
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private CompletionStage<HandedOver> exchange(
      InetSocketAddress host, SocketChannel channel, Handover request) {
    BidiFlow<ByteString, ByteString, ByteString, ByteString, NotUsed> encryption =
        BidiFlow.fromGraph(
            new TlsStage(
                () -> tls.clientEngine(host.getHostString(), host.getPort()), session -> {}));
    Flow<ByteString, ByteString, NotUsed> socket =
        encryption.join(Flow.fromGraph(new NioFlow(channel, loop, new Connection(() -> {}))));
    Pair<Subscriber<ByteString>, Pair<CompletionStage<AnswerHead>, Publisher<ByteString>>> running =
        Source.<ByteString>asSubscriber()
            .prepend(Source.single(request.bytes(host)))
            .via(socket)
            .viaMat(new AnswerHead.Stage(), Keep.both())
            .toMat(
                Sink.asPublisher(AsPublisher.WITHOUT_FANOUT),
                (made, rest) -> Pair.create(made.first(), Pair.create(made.second(), rest)))
            .run(materializer);
    Source<ByteString, NotUsed> rest = Source.fromPublisher(running.second().second());
    Sink<ByteString, NotUsed> input = Sink.fromSubscriber(running.first());
    return running.second().first().thenCompose(head -> handedOver(head, input, rest));
  }

  private CompletionStage<HandedOver> handedOver(
      AnswerHead head, Sink<ByteString, NotUsed> input, Source<ByteString, NotUsed> rest) {
    if (head.status() == StatusCodes.SWITCHING_PROTOCOLS.intValue()) {
      return CompletableFuture.completedFuture(
          new HandedOver.Session(head.header("content-type"), Flow.fromSinkAndSource(input, rest)));
    }
    String length = head.header("content-length");
    long wanted = length.matches("[0-9]{1,9}") ? Long.parseLong(length) : 0;
    CompletionStage<ByteString> body = body(rest, Math.min(wanted, LARGEST_REFUSAL));
    Source.<ByteString>empty().runWith(input, materializer);
    return body.thenApply(bytes -> new HandedOver.Answer(answer(head.status(), bytes)));
  }

  private static HttpResponse answer(int status, ByteString body) {
    HttpResponse answer = HttpResponse.create().withStatus(status);
    return body.isEmpty()
        ? answer
        : answer.withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, body));
  }

  private CompletionStage<ByteString> body(Source<ByteString, NotUsed> rest, long length) {
    return rest.scan(ByteString.emptyByteString(), ByteString::concat)
        .takeWhile(collected -> collected.size() < length, true)
        .runWith(Sink.last(), materializer);
  }
}
