package dev.flota.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.NotUsed;
import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.japi.Pair;
import akka.stream.javadsl.AsPublisher;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;

@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpServerTest {
  private static final ContentType RAW = ContentTypes.APPLICATION_OCTET_STREAM;
  private static final int ROUNDS = 50;

  /** More than what Akka grants the halves of a stream until somebody takes them. */
  private static final int LATE_SECONDS = 6;

  private static final String UPGRADE = "Connection: Upgrade\r\nUpgrade: tcp\r\n";

  enum Transport {
    UNIX,
    TCP,
    TLS
  }

  private final TestCertificates certificates = TestCertificates.create();
  private HttpServer server;
  private Path directory;
  private InetSocketAddress plain;
  private InetSocketAddress encrypted;

  /** How the last hijacked session or streamed answer ended. */
  private CompletableFuture<String> ended = new CompletableFuture<>();

  @BeforeEach
  void expectAnotherEnd() {
    ended = new CompletableFuture<>();
  }

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    directory = temporary;
    server = HttpServer.start();
    server.listen(new Endpoint.Unix(socket()), this::answer);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    plain = ((Endpoint.PlainTcp) server.listen(new Endpoint.PlainTcp(any), this::answer)).address();
    encrypted =
        ((Endpoint.TlsTcp)
                server.listen(new Endpoint.TlsTcp(any, certificates.serverContext()), this::answer))
            .address();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private Path socket() {
    return directory.resolve("api.sock");
  }

  private RawClient connect(Transport transport) throws IOException {
    return switch (transport) {
      case UNIX -> RawClient.unix(socket());
      case TCP -> RawClient.over(new Socket(plain.getAddress(), plain.getPort()));
      case TLS ->
          RawClient.over(
              certificates
                  .clientContext()
                  .getSocketFactory()
                  .createSocket(encrypted.getAddress(), encrypted.getPort()));
    };
  }

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    request.discardEntityBytes(server.materializer());
    String path = request.getUri().path();
    if (path.equals("/late")) {
      Flow<ByteString, ByteString, NotUsed> session = elsewhere();
      return CompletableFuture.supplyAsync(
          () -> Hijack.response(request, RAW, true, session),
          CompletableFuture.delayedExecutor(LATE_SECONDS, TimeUnit.SECONDS));
    }
    HttpResponse response =
        switch (path) {
          case "/echo" -> Hijack.response(request, RAW, true, echo());
          case "/elsewhere" -> Hijack.response(request, RAW, true, elsewhere());
          case "/once" -> Hijack.response(request, RAW, true, observed(echo().take(1)));
          case "/output" -> Hijack.response(request, RAW, false, echo());
          case "/endless" ->
              HttpResponse.create()
                  .withEntity(
                      HttpEntities.createChunked(
                          RAW,
                          Source.single(ByteString.fromString("begin\n"))
                              .concat(Source.maybe())
                              .via(observed(Flow.of(ByteString.class)))));
          case "/uri" ->
              HttpResponse.create()
                  .withEntity(request.getHeader("Raw-Request-URI").orElseThrow().value());
          default -> HttpResponse.create().withEntity("hello");
        };
    return CompletableFuture.completedFuture(response);
  }

  /** Echoes, and says a last word after the client's end: only half-close lets it arrive. */
  private Flow<ByteString, ByteString, NotUsed> echo() {
    return observed(
        Flow.of(ByteString.class).concat(Source.single(ByteString.fromString("end seen"))));
  }

  /** Echoes from another stream, as a session on another host does: it asks for input later. */
  private Flow<ByteString, ByteString, NotUsed> elsewhere() {
    Pair<Subscriber<ByteString>, Publisher<ByteString>> other =
        Source.<ByteString>asSubscriber()
            .via(echo())
            .toMat(Sink.asPublisher(AsPublisher.WITHOUT_FANOUT), Keep.both())
            .run(server.materializer());
    return Flow.fromSinkAndSource(
        Sink.fromSubscriber(other.first()), Source.fromPublisher(other.second()));
  }

  private Flow<ByteString, ByteString, NotUsed> observed(
      Flow<ByteString, ByteString, NotUsed> flow) {
    return flow.watchTermination(
        (materialized, done) -> {
          CompletableFuture<String> current = ended;
          done.whenComplete((value, failure) -> current.complete(String.valueOf(failure)));
          return materialized;
        });
  }

  @ParameterizedTest
  @EnumSource
  void answersSeveralRequestsOnOneConnection(Transport transport) throws Exception {
    try (RawClient client = connect(transport)) {
      for (int i = 0; i < 3; i++) {
        client.send("GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n");
        assertThat(client.head()).startsWith("HTTP/1.1 200 OK").doesNotContain("Server:");
        assertThat(client.read(5)).isEqualTo("hello");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host:\r\n",
        "Host: \r\n",
        "Host: docker\r\n",
        "Host: %2Fvar%2Frun%2Fdocker.sock\r\n",
        "Host: api.moby.localhost\r\n"
      })
  void takesTheOddHostHeadersThatClientsOfUnixSocketsSend(String host) throws Exception {
    try (RawClient client = connect(Transport.UNIX)) {
      client.send("GET /_ping HTTP/1.1\r\n" + host + "\r\n");
      assertThat(client.head()).startsWith("HTTP/1.1 200 OK");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/images/docker.io%2Flibrary%2Falpine/json?a=%7B%7D", "/x[y]{z}|", "/a:b@c"})
  void keepsTheTargetAsItWasSent(String target) throws Exception {
    try (RawClient client = connect(Transport.UNIX)) {
      client.send("GET " + target + " HTTP/1.1\r\nHost: docker\r\nX-Path: /uri\r\n\r\n");
      assertThat(client.head()).startsWith("HTTP/1.1 200 OK");
    }
  }

  @ParameterizedTest
  @EnumSource
  void hijackedConnectionEndsEachDirectionOnItsOwn(Transport transport) throws Exception {
    try (RawClient client = connect(transport)) {
      client.send("POST /echo HTTP/1.1\r\nHost: docker\r\n" + UPGRADE + "\r\n");
      assertThat(client.head())
          .startsWith("HTTP/1.1 101 UPGRADED\r\n")
          .contains("Upgrade: tcp\r\n", "Connection: Upgrade\r\n", "Content-Type: application/");
      client.send("one");
      assertThat(client.read(3)).isEqualTo("one");
      client.send("two").endInput();
      assertThat(client.readAll()).asString().isEqualTo("twoend seen");
      assertThat(ended.get(20, TimeUnit.SECONDS)).isEqualTo("null");
    }
  }

  @Test
  void inputThatEndsAtOnceReachesASessionThatAsksLater() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      try (RawClient client = connect(Transport.UNIX)) {
        client.send("POST /elsewhere HTTP/1.1\r\nHost: d\r\n" + UPGRADE + "\r\n");
        assertThat(client.head()).startsWith("HTTP/1.1 101");
        client.send("typed ").endInput();
        assertThat(client.readAll()).asString().isEqualTo("typed end seen");
      }
    }
  }

  @Test
  void aSessionMayBeginLate() throws Exception {
    try (RawClient client = connect(Transport.UNIX)) {
      client.send("POST /late HTTP/1.1\r\nHost: d\r\n" + UPGRADE + "\r\n");
      assertThat(client.head()).startsWith("HTTP/1.1 101");
      client.send("typed ").endInput();
      assertThat(client.readAll()).asString().isEqualTo("typed end seen");
    }
  }

  @Test
  void hijacksWithoutUpgradeForOldClients() throws Exception {
    try (RawClient client = connect(Transport.UNIX)) {
      client.send("POST /echo HTTP/1.1\r\nHost: docker\r\n\r\n");
      assertThat(client.head()).startsWith("HTTP/1.1 200 OK\r\n");
      client.send("old").endInput();
      assertThat(client.readAll()).asString().isEqualTo("oldend seen");
    }
  }

  @Test
  void outputAloneIsTheBodyOfAPlainAnswer() throws Exception {
    try (RawClient client = connect(Transport.UNIX)) {
      client.send("POST /output HTTP/1.1\r\nHost: docker\r\n\r\n");
      assertThat(client.head())
          .startsWith("HTTP/1.1 200 OK\r\n")
          .doesNotContainIgnoringCase("Content-Length")
          .doesNotContainIgnoringCase("Transfer-Encoding");
      assertThat(client.readAll()).asString().isEqualTo("end seen");
    }
  }

  @ParameterizedTest
  @EnumSource
  void carriesManyBytesBothWays(Transport transport) throws Exception {
    byte[] block = new byte[1 << 20];
    new Random(42).nextBytes(block);
    int blocks = transport == Transport.TLS ? 8 : 64;
    CRC32 sent = new CRC32();
    try (RawClient client = connect(transport)) {
      client.send("POST /echo HTTP/1.1\r\nHost: docker\r\n" + UPGRADE + "\r\n");
      client.head();
      Thread writer =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < blocks; i++) {
                        client.send(block);
                      }
                      client.endInput();
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  });
      for (int i = 0; i < blocks; i++) {
        sent.update(block);
      }
      CRC32 received = new CRC32();
      received.update(client.input().readNBytes(blocks << 20));
      writer.join();
      assertThat(received.getValue()).isEqualTo(sent.getValue());
      assertThat(client.readAll()).asString().isEqualTo("end seen");
    }
  }

  @ParameterizedTest
  @EnumSource
  void serverMayEndFirst(Transport transport) throws Exception {
    try (RawClient client = connect(transport)) {
      client.send("POST /once HTTP/1.1\r\nHost: docker\r\n" + UPGRADE + "\r\n");
      client.head();
      client.send("x");
      assertThat(client.readAll()).asString().isEqualTo("x");
    }
    assertThat(ended.get(20, TimeUnit.SECONDS)).isEqualTo("null");
    awaitNoConnections();
  }

  @ParameterizedTest
  @EnumSource
  void sessionEndsWhenItsClientIsGone(Transport transport) throws Exception {
    try (RawClient client = connect(transport)) {
      client.send("POST /echo HTTP/1.1\r\nHost: docker\r\n" + UPGRADE + "\r\n");
      client.head();
      client.send("x");
      assertThat(client.read(1)).isEqualTo("x");
    }
    assertThat(ended.get(20, TimeUnit.SECONDS)).isNotNull();
    awaitNoConnections();
  }

  @ParameterizedTest
  @EnumSource
  void silentAnswerIsCancelledWhenItsClientIsGone(Transport transport) throws Exception {
    try (RawClient client = connect(transport)) {
      client.send("GET /endless HTTP/1.1\r\nHost: docker\r\n\r\n");
      client.head();
      assertThat(client.read("6\r\nbegin\n\r\n".length())).isEqualTo("6\r\nbegin\n\r\n");
    }
    assertThat(ended.get(20, TimeUnit.SECONDS)).isNotNull();
    awaitNoConnections();
  }

  private void awaitNoConnections() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (server.connections() > 0) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void refusesTlsClientsWithoutACertificate() throws Exception {
    assertThatThrownBy(
            () -> {
              try (RawClient client =
                  RawClient.over(
                      certificates
                          .clientContextWithoutCertificate()
                          .getSocketFactory()
                          .createSocket(encrypted.getAddress(), encrypted.getPort()))) {
                client.send("GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n");
                client.head();
              }
            })
        .isInstanceOf(IOException.class);
    awaitNoConnections();
  }

  @Test
  void plainHttpOnTheTlsPortEndsTheConnection() throws Exception {
    try (RawClient client =
        RawClient.over(new Socket(encrypted.getAddress(), encrypted.getPort()))) {
      client.send("GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n");
      assertThat(client.readAll()).asString().doesNotContain("hello");
    }
    awaitNoConnections();
  }

  @Test
  void socketFileIsForItsGroupOnlyAndGoesAway() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
        .isEqualTo("rw-rw----");
    Path another = directory.resolve("another.sock");
    try (HttpServer ending = HttpServer.start()) {
      ending.listen(new Endpoint.Unix(another), this::answer);
      assertThat(UnixSocketFile.answers(another)).isTrue();
    }
    assertThat(another).doesNotExist();
  }

  @Test
  void replacesTheSocketOfADeadDaemonButNotOfALivingOne() throws Exception {
    Path stale = directory.resolve("stale.sock");
    ServerSocketChannel dead = UnixSocketFile.listen(stale);
    assertThatThrownBy(() -> server.listen(new Endpoint.Unix(stale), this::answer))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("another daemon answers");
    dead.close();
    assertThat(stale).exists();
    server.listen(new Endpoint.Unix(stale), this::answer);
    assertThat(UnixSocketFile.answers(stale)).isTrue();

    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> server.listen(new Endpoint.Unix(file), this::answer))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("not a socket");
    assertThat(file).exists();
  }
}
