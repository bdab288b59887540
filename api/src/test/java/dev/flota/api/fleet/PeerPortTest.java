package dev.flota.api.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.api.docker.Router;
import dev.flota.api.http.Endpoint;
import dev.flota.api.http.HttpServer;
import dev.flota.api.tls.FleetKeys;
import dev.flota.api.tls.StrangerTls;
import dev.flota.cluster.ledger.HostCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is heard at the port for other hosts, and who is not. */
class PeerPortTest {
  private static final String HOST = "1".repeat(64);

  @TempDir Path directory;
  private FleetKeys keys;
  private HttpServer server;
  private int port;
  private final AtomicInteger served = new AtomicInteger();

  @BeforeEach
  void listen() throws IOException {
    keys = fleet("fleet");
    server = HttpServer.start();
    Route.Handler handler =
        call -> {
          served.incrementAndGet();
          return CompletableFuture.completedFuture(Replies.ok());
        };
    Router router =
        new Router(
            List.of(
                Route.of("GET", "/containers/json", handler),
                Route.of("POST", "/fleet/members", handler)),
            "0",
            server.materializer(),
            new Forwarder(
                () -> {
                  throw new AssertionError("nobody gets that far");
                },
                Optional::empty));
    Endpoint.PeerTcp endpoint =
        (Endpoint.PeerTcp)
            server.listen(
                new Endpoint.PeerTcp(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    keys.proof().tls(),
                    HostCertificate::hostId),
                router);
    port = endpoint.address().getPort();
  }

  @AfterEach
  void close() {
    server.close();
  }

  private FleetKeys fleet(String name) {
    FleetKeys fleet = new FleetKeys(directory.resolve(name), Clock.systemUTC());
    fleet.found(HOST, List.of("127.0.0.1"));
    return fleet;
  }

  private HttpResponse<String> ask(SSLContext tls, String method, String path)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void aStrangerMayAskToBeLetInAndNothingElse() throws Exception {
    SSLContext stranger = StrangerTls.trusting(keys.digest());

    HttpResponse<String> refused = ask(stranger, "GET", "/containers/json");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.body())
        .contains("only hosts of the fleet may ask this, by their certificates");
    assertThat(served).hasValue(0);

    assertThat(ask(stranger, "POST", "/fleet/members").statusCode()).isEqualTo(200);
    assertThat(served).hasValue(1);
  }

  @Test
  void aCertificateOutlivesNoMembership() throws Exception {
    HttpResponse<String> refused = ask(keys.proof().tls().context(), "GET", "/containers/json");

    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body())
        .contains("the host " + HOST + " does not belong to this fleet any more");
    assertThat(served).hasValue(0);
  }

  @Test
  void aHostOfAnotherFleetIsNotHeard() {
    SSLContext foreign = fleet("other").proof().tls().context();

    assertThatThrownBy(() -> ask(foreign, "GET", "/containers/json"))
        .isInstanceOf(SSLException.class);
    assertThat(served).hasValue(0);
  }

  /** It trusts this fleet, and shows a certificate of an authority that has the same name. */
  @Test
  void aForeignCertificateCountsForNothing() {
    FleetKeys.Proof foreign = fleet("other").proof();
    FleetKeys.Proof mixed =
        new FleetKeys.Proof(foreign.key(), foreign.certificate(), keys.proof().authority());

    assertThatThrownBy(() -> ask(mixed.tls().context(), "GET", "/containers/json"))
        .isInstanceOf(IOException.class);
    assertThat(served).hasValue(0);
  }

  @Test
  void whoSpeaksNoTlsIsNotHeard() throws IOException {
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), port)) {
      plain
          .getOutputStream()
          .write(
              "GET /containers/json HTTP/1.1\r\nHost: a\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer =
          new String(plain.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(answer).doesNotContain("HTTP/");
    }
    assertThat(served).hasValue(0);
  }
}
