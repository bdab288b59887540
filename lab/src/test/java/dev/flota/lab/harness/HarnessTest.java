package dev.flota.lab.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The instruments themselves, without a lab. */
class HarnessTest {
  @Test
  void cutsALineIntoWords() {
    assertThat(Words.of("run  'a b' \"c 'd'\" -f={} {} ''", "x y", 7))
        .containsExactly("run", "a b", "c 'd'", "-f=x y", "7", "");
    assertThatThrownBy(() -> Words.of("a {}")).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> Words.of("a", "b")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Words.of("'a")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTerminalIsATerminal() {
    try (Terminal terminal = Terminal.open(List.of("sh"), Map.of("PS1", "ready> "))) {
      terminal.await("ready> ").enter("stty size; tty").await("24 80").await("/dev/pts/");
      terminal.resize(50, 100).enter("stty size").await("50 100").await("ready> ");
      // What is awaited is not what is typed: the terminal shows that before the program runs.
      terminal.enter("sh -c \"echo be''gun; exec sleep 1000\"").await("begun");
      terminal.control('c').await("ready> ");
      terminal.enter("exit 4");
      assertThat(terminal.awaitExit()).isEqualTo(4);
    }
  }

  @Test
  void aCommandsOutputIsReadWhileItRuns() {
    try (RunningCommand command =
        RunningCommand.start(
            new ProcessBuilder("sh", "-c", "echo begun; read line; echo $line >&2; exit 3"))) {
      command.awaitOut("begun\n").type("typed\n".getBytes(StandardCharsets.UTF_8));
      Output output = command.await().exited(3);
      assertThat(output.out()).isEqualTo("begun\n");
      assertThat(output.err()).isEqualTo("typed\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":1}"
      })
  void theSpyPassesOnAndTells(String answer, @TempDir Path directory) throws IOException {
    ConcurrentLinkedQueue<Exchange> told = new ConcurrentLinkedQueue<>();
    String request = "GET /v1.50/info?x=y HTTP/1.1\r\nHost: x\r\n\r\n";

    assertThat(throughSpy(directory, request, answer, told)).isEqualTo(answer);

    Await.until("the spy tells", () -> !told.isEmpty());
    assertThat(told)
        .containsExactly(
            new Exchange("GET", "/v1.50/info", "x=y", 200, "application/json", "{\"a\":1}"));
  }

  @Test
  void theSpyLetsAHijackedConnectionBe(@TempDir Path directory) throws IOException {
    ConcurrentLinkedQueue<Exchange> told = new ConcurrentLinkedQueue<>();
    String request =
        "POST /v1.50/exec/x/start HTTP/1.1\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}raw bytes";
    String answer = "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nHTTP/1.1 nonsense\r\n";

    assertThat(throughSpy(directory, request, answer, told)).isEqualTo(answer);

    Await.until("the spy tells", () -> !told.isEmpty());
    assertThat(told).extracting(Exchange::status).containsExactly(101);
  }

  /** Sends, half-closes and reads to the end; the server checks what it got, answers and closes. */
  private static String throughSpy(
      Path directory, String request, String answer, ConcurrentLinkedQueue<Exchange> told)
      throws IOException {
    Path engine = directory.resolve("engine");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(engine));
      try (ApiSpy spy = new ApiSpy(directory.resolve("spy"), engine, told::add);
          SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(spy.socket()))) {
        client.write(bytes(request));
        client.shutdownOutput();
        try (SocketChannel connection = server.accept()) {
          assertThat(readToEnd(connection)).isEqualTo(request);
          connection.write(bytes(answer));
        }
        return readToEnd(client);
      }
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String readToEnd(SocketChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    int read = channel.read(buffer);
    while (read >= 0) {
      read = channel.read(buffer);
    }
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
  }
}
