package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.json.Json;
import dev.flota.lab.harness.Api;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.LabHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** A container that is moved from host to host. */
final class Traveller {
  /**
   * A client in python, which talks to port 9000 of the host named to it over one connection, and
   * ends when a line is not answered by it and the number of lines that were seen.
   */
  static final String TALK =
      """
      import socket, sys, time
      while True:
        try:
          connection = socket.create_connection((sys.argv[1], 9000))
          break
        except OSError:
          time.sleep(0.05)
      stream = connection.makefile('rwb', buffering=0)
      number = 0
      while True:
        number += 1
        stream.write(b'%d\\n' % number)
        answer = stream.readline()
        if answer != b'%d %d\\n' % (number, number):
          sys.exit('line %d was answered by %r' % (number, answer))
        if number % 100 == 0:
          print(number, flush=True)
        time.sleep(0.001)
      """;

  private final FleetLab fleet;
  private final Docker docker;
  private final String name;

  /** The container of that name, which need not be there yet. */
  Traveller(FleetLab fleet, String name) {
    this.fleet = fleet;
    this.name = name;
    docker = fleet.docker(1);
  }

  /**
   * Runs it.
   *
   * @param options words of {@code docker run}
   */
  void run(String options, String image, Object... command) {
    List<Object> values = new ArrayList<>(List.of(name));
    values.addAll(List.of(command));
    docker.ok(
        "run -d --name {} " + options + " " + image + " {}".repeat(command.length),
        values.toArray());
  }

  /** What the daemon said at last of its move to that host, or to any. */
  JsonNode teleport(String to, String mode) {
    return told(to, mode).getLast();
  }

  /** All that the daemon said of its move. */
  List<JsonNode> told(String to, String mode) {
    return asked(to, mode, 200).body().lines().map(Traveller::json).toList();
  }

  /** Why it cannot move to that host as things are. */
  String refusal(String to, String mode) {
    return asked(to, mode, 409).message();
  }

  private Api.Answer asked(String to, String mode, int status) {
    Api.Answer answer =
        new Api(fleet.host(1).socket())
            .send("POST", "/containers/%s/teleport?host=%s&mode=%s".formatted(name, to, mode));
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    return answer;
  }

  private static JsonNode json(String line) {
    try {
      return Json.PLAIN.readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Moves it, and returns once all hosts know.
   *
   * @return how it was moved
   */
  String moved(String to, String mode) {
    JsonNode said = teleport(to, mode);
    assertThat(said.path("phase").asText()).as(said.toString()).isEqualTo("done");
    assertThat(said.path("host").asText()).isEqualTo(to);
    for (Docker asked : fleet.dockers()) {
      Await.until("all know", () -> asked.inspect("{{.Node.Name}}", name).equals(to));
    }
    return said.path("mode").asText();
  }

  /** Names of the hosts on whose disks it is. */
  List<String> holders() {
    return fleet.hosts().stream()
        .filter(
            host ->
                host.shell("cat /var/lib/flota/containers/*/record.json")
                    .out()
                    .contains("\"name\":\"" + name + "\""))
        .map(LabHost::name)
        .toList();
  }

  /** Number of the only host on whose disk it is, once it is the only one. */
  int holder() {
    Await.until(
        "exactly one host has it", () -> String.join(" ", holders()), () -> holders().size() == 1);
    String host = holders().getFirst();
    return Integer.parseInt(host.substring(host.indexOf('-') + 1));
  }

  /** Runs {@link #TALK} with it in a container of that name, of its network; it talks on return. */
  void talkTo(String client, String network, String host) {
    new Traveller(fleet, client)
        .run(
            "--network %s -e constraint:node==%s".formatted(network, host),
            "python",
            "python3",
            "-u",
            "-c",
            TALK,
            name);
    awaitTalk(client);
  }

  /** Returns once {@link #TALK}, run in that container, has gone on for a hundred lines or so. */
  void awaitTalk(String client) {
    String before = docker.run("logs --tail 1 {}", client).exited(0).all();
    Await.until(
        "the connection goes on",
        () -> docker.run("logs {}", client).all(),
        () -> {
          assertThat(docker.inspect("{{.State.Status}}", client)).isNotEqualTo("exited");
          return !docker.run("logs --tail 1 {}", client).exited(0).all().equals(before);
        });
  }

  /** Returns once it has written a line more than it has now. */
  void awaitLine() {
    int before = docker.run("logs {}", name).lines().size();
    Await.until(
        "it goes on",
        () -> docker.run("logs {}", name).all(),
        () -> docker.run("logs {}", name).lines().size() > before);
  }

  /** Returns once it, which counts, has gone on for so many lines; none is missing or doubled. */
  void awaitCounting(Docker asked, int lines) {
    int end = lastLine(asked) + lines;
    Await.until("it counts to " + end, () -> lastLine(asked) >= end);
    counted(asked);
  }

  private int lastLine(Docker asked) {
    String line = asked.ok("logs --tail 1 {}", name).strip();
    return line.isEmpty() ? 0 : Integer.parseInt(line);
  }

  /** Its log is the numbers from one on, each once, in their order. */
  void counted(Docker asked) {
    List<String> lines = asked.run("logs {}", name).exited(0).lines();
    for (int line = 0; line < lines.size(); line++) {
      assertThat(lines.get(line)).isEqualTo(Integer.toString(line + 1));
    }
  }
}
