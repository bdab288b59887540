package dev.flota.lab.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class EngineApiTest {
  @TempDir Path directory;

  @Test
  void whatIsMadeCarriesTheLabelByWhichItIsFoundAgain()
      throws IOException, InterruptedException, ExecutionException {
    try (ScriptedServer server =
            serve(
                answer("201 Created", "{\"Id\":\"abc\"}"), answer("200 OK", "[{\"Id\":\"abc\"}]"));
        EngineApi api = api()) {
      assertThat(api.create("busybox", "none", "true")).isEqualTo("abc");
      assertThat(api.ownContainers()).containsExactly("abc");

      assertThat(server.requests())
          .contains("\"Labels\":{\"dev.flota.bench\":\"true\"}")
          .contains("filters=%7B%22label%22%3A%5B%22dev.flota.bench%3Dtrue%22%5D%7D");
    }
  }

  @Test
  void anotherStatusThanSuccessIsAnErrorThatTellsTheAnswer() throws IOException {
    try (ScriptedServer server =
            serve(answer("404 Not Found", "{\"message\":\"No such image: busybox:latest\"}"));
        EngineApi api = api()) {
      assertThatThrownBy(() -> api.create("busybox", "none", "true"))
          .isInstanceOf(UnexpectedAnswerException.class)
          .hasMessageContaining("404")
          .hasMessageContaining("No such image");
      assertThat(server).isNotNull();
    }
  }

  @Test
  void aContainerThatFailsIsAnError() throws IOException {
    try (ScriptedServer server = serve(answer("200 OK", "{\"StatusCode\":127}"));
        EngineApi api = api()) {
      assertThatThrownBy(() -> api.awaitSuccess("abc"))
          .isInstanceOf(UnexpectedAnswerException.class)
          .hasMessageContaining("127");
      assertThat(server).isNotNull();
    }
  }

  @Test
  void aPullThatFailsAfterItsStatusIsAnError() throws IOException {
    String progress =
        """
        {"status":"Pulling fs layer"}
        {"errorDetail":{"message":"EOF"},"error":"EOF"}
        """;
    try (ScriptedServer server = serve(answer("200 OK", progress));
        EngineApi api = api()) {
      assertThatThrownBy(() -> api.pull("big"))
          .isInstanceOf(UnexpectedAnswerException.class)
          .hasMessageContaining("EOF");
      assertThat(server).isNotNull();
    }
  }

  @Test
  void aConnectionThatTheServerEndsIsMadeAnew() throws IOException {
    String last =
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 17\r\n\r\n{\"Version\":\"one\"}";
    try (ScriptedServer server =
            ScriptedServer.listen(
                directory.resolve("api"),
                List.of(List.of(last), List.of(answer("200 OK", "{\"Version\":\"two\"}"))));
        EngineApi api = api()) {
      assertThat(api.version()).isEqualTo("one");
      assertThat(api.version()).isEqualTo("two");
      assertThat(server).isNotNull();
    }
  }

  private static String answer(String status, String body) {
    return "HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s".formatted(status, body.length(), body);
  }

  private ScriptedServer serve(String... answers) throws IOException {
    return ScriptedServer.listen(directory.resolve("api"), List.of(List.of(answers)));
  }

  private EngineApi api() {
    return EngineApi.of(Engine.docker(directory.resolve("api"), 1));
  }
}
