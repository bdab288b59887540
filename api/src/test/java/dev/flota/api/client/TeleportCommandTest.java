package dev.flota.api.client;

import static org.assertj.core.api.Assertions.assertThat;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import dev.flota.api.http.Endpoint;
import dev.flota.api.http.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TeleportCommandTest {
  private static final String NOTE = "{\"note\":\"one connection ends with host-1\"}\n";
  private static final String BEGUN = "{\"phase\":\"prepare\"}\n{\"phase\":\"copy\"}\n";
  private static final String DONE =
      """
      {"phase":"done","mode":"stop","host":"host-2","totalMillis":700,"frozenMillis":210,"bytes":1500000}
      """;

  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();
  private Path socket = Path.of("");
  private HttpServer server;
  private String said = "";
  private String asked = "";

  @BeforeAll
  void listen(@TempDir Path directory) throws IOException {
    socket = directory.resolve("api.sock");
    server = HttpServer.start();
    server.listen(new Endpoint.Unix(socket), this::answer);
  }

  @BeforeEach
  void begin() {
    out = new StringWriter();
    err = new StringWriter();
  }

  @AfterAll
  void end() {
    server.close();
  }

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    asked = request.method().value() + " " + request.getUri().asScala();
    return CompletableFuture.completedFuture(
        HttpResponse.create().withEntity(ContentTypes.APPLICATION_JSON, said));
  }

  private int run(String... arguments) {
    CommandLine line =
        new CommandLine(new TeleportCommand())
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .setExecutionExceptionHandler(
                (failure, command, parsed) -> {
                  command.getErr().println(failure.getMessage());
                  return 1;
                });
    String[] all = new String[arguments.length + 2];
    all[0] = "-H";
    all[1] = "unix://" + socket;
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return line.execute(all);
  }

  @Test
  void endsWithOneLineOfFiguresAfterWhatIsToBeKnown() {
    said = NOTE + BEGUN + DONE;

    assertThat(run("web", "host-2", "--timeout", "60", "--kill-execs")).isZero();

    assertThat(asked)
        .contains("/containers/web/teleport?host=host-2&mode=auto&execs=kill&timeout=60");
    assertThat(out.toString().lines())
        .containsExactly(
            "web is on host-2: mode stop, 700 ms in all, frozen for 210 ms, 1.5 MB sent");
    assertThat(err.toString().lines()).containsExactly("note: one connection ends with host-1");
  }

  @Test
  void isNotDoneWhenNothingSaysSo() {
    said = BEGUN;

    assertThat(run("web", "host-2")).isEqualTo(1);

    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().strip())
        .isEqualTo("the daemon has not said how the move of web ended: look where it is");
  }

  @Test
  void saysWhyItFailed() {
    said = BEGUN + "{\"error\":\"host-2 was lost\"}\n";

    assertThat(run("web", "host-2")).isEqualTo(1);

    assertThat(err.toString().strip()).isEqualTo("host-2 was lost");
  }
}
