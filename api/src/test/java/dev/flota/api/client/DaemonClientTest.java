package dev.flota.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.api.http.Endpoint;
import dev.flota.api.http.HttpServer;
import dev.flota.api.tls.MutualTls;
import dev.flota.api.tls.TlsFiles;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DaemonClientTest {
  enum Way {
    UNIX,
    TCP,
    TLS
  }

  private Path directory;
  private HttpServer server;
  private int plain;
  private int encrypted;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    TlsFiles files = new TlsFiles(directory, Clock.systemUTC());
    files.ensure(List.of("localhost"));
    server = HttpServer.start();
    server.listen(new Endpoint.Unix(directory.resolve("api.sock")), this::answer);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    plain =
        ((Endpoint.PlainTcp) server.listen(new Endpoint.PlainTcp(any), this::answer))
            .address()
            .getPort();
    encrypted =
        ((Endpoint.TlsTcp)
                server.listen(
                    new Endpoint.TlsTcp(any, files.serverContext().context()), this::answer))
            .address()
            .getPort();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    return request
        .entity()
        .toStrict(5000, server.materializer())
        .thenApply(
            entity ->
                switch (request.getUri().path()) {
                  case "/echo" ->
                      HttpResponse.create()
                          .withEntity(ContentTypes.APPLICATION_JSON, entity.getData());
                  case "/lines" ->
                      HttpResponse.create()
                          .withEntity(ContentTypes.APPLICATION_JSON, "{\"n\":1}\n{\"n\":2}\n");
                  default ->
                      HttpResponse.create()
                          .withStatus(404)
                          .withEntity(
                              ContentTypes.APPLICATION_JSON,
                              "{\"message\":\"No such container: x\"}");
                });
  }

  private DaemonAddress address(Way way) {
    return switch (way) {
      case UNIX -> DaemonAddress.parse("unix://" + directory.resolve("api.sock"), Optional.empty());
      case TCP -> DaemonAddress.parse("tcp://localhost:" + plain, Optional.empty());
      case TLS -> DaemonAddress.parse("tcp://localhost:" + encrypted, Optional.of(ownTls()));
    };
  }

  private MutualTls ownTls() {
    return tls(directory);
  }

  private static MutualTls tls(Path files) {
    return MutualTls.ofFiles(
        files.resolve("ca.pem"), files.resolve("cert.pem"), files.resolve("key.pem"));
  }

  @ParameterizedTest
  @EnumSource
  void callsByEveryKindOfAddress(Way way) {
    DaemonClient client = new DaemonClient(address(way));
    List<Integer> numbers = new ArrayList<>();

    JsonNode echoed = client.call("POST", "/echo", Map.of("word", "ñandú"));
    client.stream("GET", "/lines", line -> numbers.add(line.path("n").asInt()));

    assertThat(echoed.path("word").asText()).isEqualTo("ñandú");
    assertThat(numbers).containsExactly(1, 2);
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> client.call("GET", "/containers/x/json", null))
        .withMessage("No such container: x")
        .satisfies(refused -> assertThat(refused.kind()).isEqualTo(ErrorKind.NOT_FOUND));
  }

  @Test
  void aServerOfAnotherAuthorityIsNotTrusted(@TempDir Path other) {
    new TlsFiles(other, Clock.systemUTC()).ensure(List.of("localhost"));
    DaemonClient client =
        new DaemonClient(
            DaemonAddress.parse("tcp://localhost:" + encrypted, Optional.of(tls(other))));

    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> client.call("GET", "/echo", null))
        .withMessageStartingWith("no daemon answers at tcp://localhost:" + encrypted)
        .satisfies(refused -> assertThat(refused.kind()).isEqualTo(ErrorKind.UNAVAILABLE));
  }

  @Test
  void theFileThatIsMissingIsNamed() {
    Path key = directory.resolve("none.pem");

    assertThat(Files.exists(key)).isFalse();
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(
            () ->
                MutualTls.ofFiles(directory.resolve("ca.pem"), directory.resolve("cert.pem"), key))
        .withMessageContaining(key + " is missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ssh://host", "host:2375", "tcp://", "tcp://a b", "/run/x.sock"})
  void anAddressOfAnotherKindIsRefused(String address) {
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> DaemonAddress.parse(address, Optional.empty()))
        .withMessageStartingWith(
            "-H: \"" + address + "\" is neither unix:///PATH nor tcp://HOST:PORT");
  }

  @Test
  void portsAreDockersUnlessOneIsGiven() {
    assertThat(DaemonAddress.parse("tcp://host", Optional.empty())).hasToString("tcp://host:2375");
    assertThat(DaemonAddress.parse("tcp://host", Optional.of(ownTls())))
        .hasToString("tcp://host:2376");
  }
}
