package dev.flota.lab.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class HttpConnectionTest {
  private static final String OK = "HTTP/1.1 200 OK\r\n";

  @TempDir Path directory;

  @Test
  void bodiesWithALengthInChunksAndWithoutOneFollowEachOther() throws IOException {
    try (ScriptedServer server =
            serve(
                OK + "Content-Length: 5\r\n\r\nfirst",
                OK + "Transfer-Encoding: chunked\r\n\r\n3\r\nsec\r\n3;x=y\r\nond\r\n0\r\n\r\n",
                "HTTP/1.1 204 No Content\r\n\r\n",
                OK + "\r\nto the end");
        HttpConnection connection = connect()) {
      assertThat(connection.send("GET", "/", "").text()).isEqualTo("first");
      assertThat(connection.send("GET", "/", "").text()).isEqualTo("second");
      assertThat(connection.send("POST", "/", "").status()).isEqualTo(204);
      assertThat(connection.isOpen()).isTrue();
      assertThat(connection.send("GET", "/", "").text()).isEqualTo("to the end");
      assertThat(connection.isOpen()).isFalse();
      assertThat(server).isNotNull();
    }
  }

  @Test
  void linesAreHandedOverWhereverChunksEnd() throws IOException {
    List<String> lines = new ArrayList<>();
    try (ScriptedServer server =
            serve(
                OK
                    + "Transfer-Encoding: chunked\r\n\r\n"
                    + "6\r\none\ntw\r\n8\r\no\nthree\n\r\n0\r\n\r\n",
                "HTTP/1.1 501 Not Implemented\r\nContent-Length: 2\r\n\r\nno");
        HttpConnection connection = connect()) {
      assertThat(connection.follow("/", lines::add).status()).isEqualTo(200);
      assertThat(lines).containsExactly("one", "two", "three");
      assertThat(connection.follow("/", lines::add)).isEqualTo(new HttpAnswer(501, "no"));
      assertThat(lines).hasSize(3);
      assertThat(server).isNotNull();
    }
  }

  @Test
  void requestSaysHowLongItsBodyIs() throws IOException, InterruptedException, ExecutionException {
    try (ScriptedServer server = serve(OK + "Content-Length: 0\r\n\r\n");
        HttpConnection connection = connect()) {
      connection.send("POST", "/v1.50/containers/create", "{\"Image\":\"ü\"}");

      assertThat(server.requests())
          .startsWith("POST /v1.50/containers/create HTTP/1.1\r\n")
          .contains("Content-Length: 14\r\n")
          .endsWith("\r\n\r\n{\"Image\":\"ü\"}");
    }
  }

  @Test
  void afterCloseAskedForTheConnectionIsNotOpen() throws IOException {
    try (ScriptedServer server = serve(OK + "connection: Close\r\nContent-Length: 0\r\n\r\n");
        HttpConnection connection = connect()) {
      connection.send("GET", "/", "");

      assertThat(connection.isOpen()).isFalse();
      assertThat(server).isNotNull();
    }
  }

  @Test
  void anUpgradedConnectionIsReadToItsEnd() throws IOException {
    String head = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    try (ScriptedServer server = serve(head + "raw stream");
        HttpConnection connection = connect()) {
      HttpAnswer answer = connection.upgrade("/exec/1/start", "{}");

      assertThat(answer.status()).isEqualTo(101);
      assertThat(answer.text()).isEqualTo("raw stream");
      assertThat(connection.isOpen()).isFalse();
      assertThat(server).isNotNull();
    }
  }

  @Test
  void aRefusedUpgradeHasAnOrdinaryAnswer() throws IOException {
    try (ScriptedServer server =
            serve("HTTP/1.1 409 Conflict\r\nContent-Length: 7\r\n\r\nstopped");
        HttpConnection connection = connect()) {
      HttpAnswer answer = connection.upgrade("/exec/1/start", "{}");

      assertThat(answer.status()).isEqualTo(409);
      assertThat(answer.text()).isEqualTo("stopped");
      assertThat(server).isNotNull();
    }
  }

  @Test
  void anAnswerThatBreaksOffIsAnError() throws IOException {
    try (ScriptedServer server = serve(OK + "Content-Length: 50\r\n\r\nonly this");
        HttpConnection connection = connect()) {
      assertThatThrownBy(() -> connection.send("GET", "/", "")).isInstanceOf(EOFException.class);
      assertThat(server).isNotNull();
    }
  }

  @Test
  void whatIsNotHttpIsAnError() throws IOException {
    try (ScriptedServer server = serve("SSH-2.0-OpenSSH_10.0\r\n");
        HttpConnection connection = connect()) {
      assertThatThrownBy(() -> connection.send("GET", "/", ""))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("not an HTTP answer");
      assertThat(server).isNotNull();
    }
  }

  @Test
  void aSocketThatNobodyListensOnIsNamed() {
    assertThatThrownBy(this::connect).isInstanceOf(IOException.class).hasMessageContaining("api");
  }

  private ScriptedServer serve(String... answers) throws IOException {
    return ScriptedServer.listen(directory.resolve("api"), List.of(List.of(answers)));
  }

  private HttpConnection connect() throws IOException {
    return HttpConnection.open(directory.resolve("api"));
  }
}
