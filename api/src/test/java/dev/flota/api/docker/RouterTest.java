package dev.flota.api.docker;

import static org.assertj.core.api.Assertions.assertThat;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.flota.api.docker.DockerDescription.Operation;
import dev.flota.api.docker.system.DaemonInfo;
import dev.flota.api.http.Endpoint;
import dev.flota.api.http.HttpServer;
import dev.flota.api.http.RawClient;
import dev.flota.cluster.Fleet;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole API over a real socket, in front of an engine that is away. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RouterTest {
  private static final DaemonInfo DAEMON = new DaemonInfo("0.1.0", "abc", "");

  private HttpServer server;
  private Router router;
  private Path socket;

  private record Answer(int status, String head, String body) {}

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    server = HttpServer.start();
    socket = directory.resolve("api.sock");
    List<Route> routes = new ArrayList<>(DockerApi.routes(RouterTest::away, DAEMON));
    routes.add(Route.of("GET", "/test/defect", call -> throwing()));
    routes.add(
        Route.of(
            "GET",
            "/test/name/{name}/json",
            call -> CompletableFuture.completedFuture(text(call.path("name")))));
    routes.add(
        Route.of(
            "GET",
            "/test/silent",
            call ->
                CompletableFuture.completedFuture(
                    Replies.stream(
                        ContentTypes.APPLICATION_JSON,
                        Source.<ByteString>maybe()
                            .mapMaterializedValue(ignored -> akka.NotUsed.getInstance())))));
    routes.add(
        Route.of(
            "POST",
            "/test/json",
            call ->
                call.json()
                    .thenApply(body -> text(body.read(Object.class).orElse("").toString()))));
    routes.add(
        Route.of(
            "GET",
            "/test/late",
            call ->
                Replies.streamOrFailure(
                    ContentTypes.APPLICATION_JSON,
                    Source.from(List.of("a"))
                        .concatLazy(
                            Source.lazySource(
                                () -> Source.failed(EngineException.system("broke off")))),
                    ByteString::fromString,
                    failure -> ByteString.fromString("!" + Replies.message(failure)),
                    call.materializer())));
    routes.add(
        Route.of(
            "GET",
            "/test/early",
            call ->
                Replies.streamOrFailure(
                    ContentTypes.APPLICATION_JSON,
                    Source.<String>failed(EngineException.notFound("no such thing")),
                    ByteString::fromString,
                    failure -> ByteString.fromString("!"),
                    call.materializer())));
    router = new Router(routes, DAEMON.version(), server.materializer());
    server.listen(new Endpoint.Unix(socket), router);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private static Fleet away() {
    throw new EngineException(ErrorKind.UNAVAILABLE, "the engine is starting");
  }

  private static CompletableFuture<HttpResponse> throwing() {
    throw new IllegalStateException("a defect");
  }

  private static HttpResponse text(String text) {
    return HttpResponse.create().withEntity(text);
  }

  private Answer ask(String method, String target) throws IOException {
    return ask(method, target, "", "");
  }

  private Answer ask(String method, String target, String headers, String body) throws IOException {
    try (RawClient client = RawClient.unix(socket)) {
      client.send(
          "%s %s HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s"
              .formatted(method, target, headers, body.length(), body));
      String head = client.head();
      String rest = new String(client.readAll(), java.nio.charset.StandardCharsets.UTF_8);
      return new Answer(Integer.parseInt(head.substring(9, 12)), head, rest);
    }
  }

  static Stream<Operation> operations() {
    return DockerDescription.operations().stream();
  }

  /** Every operation either reaches the engine, which is away, or says that it is not built. */
  @ParameterizedTest
  @MethodSource("operations")
  void knowsEveryOperationOfTheDescription(Operation operation) throws IOException {
    String target = "/v1.50" + operation.path().replaceAll("\\{[^}]+}", "some");
    Route route = router.route(operation.method(), target.substring(6)).orElseThrow();
    assertThat(route.template()).isEqualTo(operation.path());
    if (operation.method().equals("HEAD")) {
      return;
    }
    Answer answer = ask(operation.method(), target);
    if (answer.status() == 501) {
      assertThat(answer.body()).contains("not implemented");
    } else if (operation.id().equals("PluginInspect")) {
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.body()).isEqualTo("{\"message\":\"plugin \\\"some\\\" not found\"}\n");
    } else {
      assertThat(answer.status()).isIn(200, 400, 503);
      assertThat(answer.body()).doesNotContain("page not found");
    }
  }

  @Test
  void pings() throws IOException {
    Answer get = ask("GET", "/_ping");
    assertThat(get.body()).isEqualTo("OK");
    assertThat(get.head())
        .contains(
            "Api-Version: 1.50\r\n",
            "Docker-Experimental: false\r\n",
            "Ostype: linux\r\n",
            "Server: Flota/0.1.0 (linux)\r\n",
            "Builder-Version: 1\r\n",
            "Content-Type: text/plain; charset=UTF-8\r\n");
    Answer head = ask("HEAD", "/v1.30/_ping");
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nowhere", "/v1.50/nowhere", "/v1.99/nowhere", "/containers", "/"})
  void unknownPathsAreNotFound(String target) throws IOException {
    Answer answer = ask("GET", target);
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.body()).isEqualTo("{\"message\":\"page not found\"}\n");
    assertThat(answer.head()).contains("Content-Type: application/json\r\n", "Api-Version: 1.50");
  }

  @Test
  void unknownMethodsAreNotFoundToo() throws IOException {
    assertThat(ask("PATCH", "/containers/json").status()).isEqualTo(404);
  }

  @Test
  void negotiatesTheVersion() throws IOException {
    assertThat(ask("GET", "/v1.23/info").body())
        .isEqualTo(
            "{\"message\":\"client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version\"}\n");
    Answer future = ask("GET", "/v1.99/info");
    assertThat(future.status()).isEqualTo(400);
    assertThat(future.body())
        .isEqualTo(
            "{\"message\":\"client version 1.99 is too new. Maximum supported API version is 1.50\"}\n");
    assertThat(ask("POST", "/v1.24/containers/prune").status()).isEqualTo(400);
  }

  @Test
  void saysThatTheEngineIsAway() throws IOException {
    Answer answer = ask("GET", "/containers/json");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body()).isEqualTo("{\"message\":\"the engine is starting\"}\n");
  }

  @Test
  void aDefectIsA500AndNoMore() throws IOException {
    Answer answer = ask("GET", "/test/defect");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).isEqualTo("{\"message\":\"a defect\"}\n");
    assertThat(ask("GET", "/_ping").status()).isEqualTo(200);
  }

  @Test
  void namesKeepTheirSlashesHoweverSent() throws IOException {
    assertThat(ask("GET", "/v1.40/test/name/docker.io%2Flibrary%2Fa:b%40c/json").body())
        .isEqualTo("docker.io/library/a:b@c");
    assertThat(ask("GET", "/test/name/quay.io/a/json/json").body()).isEqualTo("quay.io/a/json");
    assertThat(ask("GET", "http://docker/test/name/%C3%BC+%20x/json").body())
        .isEqualTo("\u00fc+ x");
  }

  @Test
  void bodiesMustBeJsonAndSaySo() throws IOException {
    String json = "Content-Type: application/json\r\n";
    assertThat(ask("POST", "/test/json", json, "\"x\"").body()).isEqualTo("x");
    Answer malformed = ask("POST", "/test/json", json, "{");
    assertThat(malformed.status()).isEqualTo(400);
    assertThat(malformed.body()).isEqualTo("{\"message\":\"invalid JSON: unexpected EOF\"}\n");
    assertThat(ask("POST", "/test/json", json, "").body())
        .isEqualTo("{\"message\":\"invalid JSON: got EOF while reading request body\"}\n");
    Answer untyped = ask("POST", "/test/json", "", "{}");
    assertThat(untyped.status()).isEqualTo(400);
    assertThat(untyped.body()).contains("malformed Content-Type header ()");
    Answer text = ask("POST", "/test/json", "Content-Type: text/plain\r\n", "{}");
    assertThat(text.status()).isEqualTo(400);
    assertThat(text.body())
        .isEqualTo(
            "{\"message\":\"unsupported Content-Type header (text/plain): must be 'application/json'\"}\n");
  }

  @Test
  void theHeadOfAStreamGoesOutBeforeItsFirstByte() throws IOException {
    try (RawClient client = RawClient.unix(socket)) {
      client.send("GET /test/silent HTTP/1.1\r\nHost: docker\r\n\r\n");
      assertThat(client.head())
          .startsWith("HTTP/1.1 200 OK")
          .contains("Transfer-Encoding: chunked");
    }
  }

  @Test
  void aStreamThatFailsAtOnceIsAnErrorAndLaterALastLine() throws IOException {
    Answer early = ask("GET", "/test/early");
    assertThat(early.status()).isEqualTo(404);
    assertThat(early.body()).isEqualTo("{\"message\":\"no such thing\"}\n");
    Answer late = ask("GET", "/test/late");
    assertThat(late.status()).isEqualTo(200);
    assertThat(late.body()).contains("a").contains("!broke off");
  }

  /** The variables of a template are matched greedily, as in moby: the last literal decides. */
  @Test
  void templatesTakeSlashesInVariables() {
    assertThat(new Route.Template("/images/{name}/json").match("/images/a/b/json"))
        .hasValueSatisfying(path -> assertThat(path).containsEntry("name", "a/b"));
    assertThat(new Route.Template("/images/{name}/json").match("/images/json")).isEmpty();
  }
}
