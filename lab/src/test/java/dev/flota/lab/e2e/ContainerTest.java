package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of containers. */
@EndToEnd
class ContainerTest {
  private static final String STOPS_WITH_42 =
      "trap 'exit 42' TERM; trap 'exit 43' USR1; echo ready; while :; do usleep 20000; done";

  private final Docker docker;

  ContainerTest(Docker docker) {
    this.docker = docker;
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  private String running(String options, String... command) {
    String name = Unique.name("c");
    String line =
        "run -d --name {} "
            + options
            + " busybox "
            + (command.length == 0 ? "sleep 600" : "sh -c {}");
    if (command.length == 0) {
      docker.ok(line, name);
    } else {
      docker.ok(line, name, command[0]);
    }
    return name;
  }

  private String ready(String options, String script) {
    String name = running(options, script);
    try (RunningCommand logs = docker.start("logs -f {}", name)) {
      logs.awaitOut("ready");
    }
    return name;
  }

  private String state(String name) {
    return docker.inspect("{{.State.Status}} {{.State.ExitCode}}", name);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "'', stop, 42",
    "--stop-signal USR1, stop, 43",
    "'', stop -s USR1, 43",
    "'', kill -s TERM, 42",
    "'', kill -s 10, 43",
    "'', kill, 137",
    "'', kill -s SIGKILL, 137",
    "--runtime runc, stop, 42",
    "--init, stop, 42"
  })
  void endsWithTheSignalsCode(String options, String command, int code) {
    String name = ready(options, STOPS_WITH_42);

    docker.ok(command + " {}", name);

    assertThat(docker.ok("wait {}", name)).isEqualTo(String.valueOf(code));
    assertThat(state(name)).isEqualTo("exited " + code);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop -t 0", "stop -t 1"})
  void whoIgnoresTheSignalIsKilled(String command) {
    String name = ready("", "trap '' TERM; echo ready; while :; do usleep 20000; done");

    docker.ok(command + " {}", name);

    assertThat(state(name)).isEqualTo("exited 137");
  }

  @Test
  void aSignalThatEndsNobodyLeavesTheContainerRunning() {
    String name = ready("", "trap 'echo heard' HUP; echo ready; while :; do usleep 20000; done");

    docker.ok("kill -s HUP {}", name);

    try (RunningCommand logs = docker.start("logs -f {}", name)) {
      logs.awaitOut("heard");
    }
    assertThat(docker.inspect("{{.State.Running}}", name)).isEqualTo("true");
  }

  @Test
  void goesThroughAllItsStates() {
    String name = Unique.name("life");
    docker.ok("create --name {} busybox sleep 600", name);
    assertThat(state(name)).isEqualTo("created 0");
    docker.ok("start {}", name);
    docker.ok("start {}", name);
    assertThat(state(name)).isEqualTo("running 0");
    docker.ok("pause {}", name);
    assertThat(state(name)).isEqualTo("paused 0");
    assertThat(docker.ok("ps --filter name={} --format {{.Status}}", name))
        .matches("Up .* \\(Paused\\)");
    assertThat(docker.run("pause {}", name).exited(1).err()).contains("is already paused");
    assertThat(docker.run("exec {} true", name).exited(1).err())
        .contains("is paused, unpause the container before exec");
    docker.ok("unpause {}", name);
    assertThat(docker.run("unpause {}", name).exited(1).err()).contains("is not paused");
    assertThat(docker.run("rm {}", name).exited(1).err())
        .contains("container is running: stop the container before removing or force remove");
    docker.ok("kill {}", name);
    docker.ok("wait {}", name);
    docker.ok("stop {}", name);
    assertThat(docker.run("kill {}", name).exited(1).err()).contains("is not running");
    docker.ok("rm {}", name);
    assertThat(docker.run("start {}", name).exited(1).err())
        .contains("Error response from daemon: No such container: " + name);
  }

  @Test
  void aPausedContainerIsStoppedAndRemoved() {
    String stopped = running("");
    docker.ok("pause {}", stopped);
    docker.ok("stop -t 0 {}", stopped);
    assertThat(state(stopped)).isEqualTo("exited 137");
    String removed = running("");
    docker.ok("pause {}", removed);
    docker.ok("rm -f {}", removed);
    assertThat(docker.run("inspect {}", removed).exit()).isEqualTo(1);
  }

  @Test
  void restartIsANewProcessInTheSameFiles() {
    String name = running("");
    docker.ok("exec {} touch /kept", name);
    String before = docker.inspect("{{.State.Pid}} {{.State.StartedAt}}", name);

    docker.ok("restart -t 0 {}", name);

    assertThat(docker.inspect("{{.State.Pid}} {{.State.StartedAt}}", name)).isNotEqualTo(before);
    assertThat(state(name)).isEqualTo("running 0");
    docker.ok("exec {} ls /kept", name);
  }

  @Test
  void waitsForEveryCondition() {
    String name = Unique.name("wait");
    docker.ok("create --name {} busybox sh -c {}", name, "exit 6");
    try (RunningCommand next = docker.start("start -a {}", name)) {
      next.await().exited(6);
    }
    assertThat(docker.ok("wait {}", name)).isEqualTo("6");
    String other = ready("", STOPS_WITH_42);
    try (RunningCommand waiting = docker.start("wait {}", other)) {
      docker.ok("stop {}", other);
      assertThat(waiting.await().exited(0).text()).isEqualTo("42");
    }
  }

  @Test
  void takesAnotherName() {
    String name = running("");
    String other = Unique.name("other");
    String taken = running("");

    docker.ok("rename {} {}", name, other);

    assertThat(docker.inspect("{{.Name}}", other)).isEqualTo("/" + other);
    assertThat(docker.run("inspect {}", name).exit()).isEqualTo(1);
    String id = docker.inspect("{{.Id}}", taken);
    String conflict =
        "Conflict. The container name \"/%s\" is already in use by container \"%s\". You have to remove (or rename) that container to be able to reuse that name."
            .formatted(taken, id);
    assertThat(docker.run("rename {} {}", other, taken).exited(1).err()).contains(conflict);
    assertThat(docker.run("run --name {} busybox true", taken).exited(125).err())
        .contains(conflict);
    docker.ok("create --name {} busybox", name);
  }

  @Test
  void anyUniquePrefixNamesAContainer() {
    // 17 ids begin with 16 digits: one digit names two at least.
    List<String> ids =
        IntStream.range(0, 17).mapToObj(number -> docker.ok("create busybox")).toList();

    String ambiguous =
        ids.stream()
            .map(id -> id.substring(0, 1))
            .filter(digit -> ids.stream().filter(id -> id.startsWith(digit)).count() > 1)
            .findFirst()
            .orElseThrow();
    assertThat(docker.run("start {}", ambiguous).exited(1).err())
        .contains("multiple IDs found with provided prefix: " + ambiguous);
    assertThat(ids).allMatch(id -> id.matches("[0-9a-f]{64}"));
    String first = ids.getFirst();
    assertThat(docker.inspect("{{.Id}}", first.substring(0, 20))).isEqualTo(first);
    assertThat(docker.inspect("{{.Name}}", first)).matches("/[a-z]+_[a-z]+[0-9]?");
  }

  @Test
  void removesTheAnonymousVolumesWithItself() {
    String name = running("-v /anonymous -v " + Unique.name("named") + ":/named");
    List<String> volumes =
        docker
            .inspect("{{range .Mounts}}{{println .Name}}{{end}}", name)
            .lines()
            .filter(line -> !line.isBlank())
            .toList();
    assertThat(volumes).hasSize(2);

    docker.ok("rm -f -v {}", name);

    List<String> left = docker.run("volume ls -q").exited(0).lines();
    assertThat(left)
        .filteredOn(volumes::contains)
        .singleElement()
        .asString()
        .startsWith("e2e-named");
  }

  @Test
  void isListedByFiltersAndFields() {
    String label = Unique.name("label");
    String volume = Unique.name("volume");
    String up =
        running("--label group=" + label + " --label one -v " + volume + ":/data -p 127.0.0.1::80");
    String ended = Unique.name("ended");
    docker.run("run --name {} --label group={} busybox sh -c {}", ended, label, "exit 4").exited(4);
    String created = Unique.name("created");
    docker.ok("create --name {} --label group={} busybox", created, label);

    record Expected(String filter, List<String> names) {}
    for (Expected expected :
        List.of(
            new Expected("status=running", List.of(up)),
            new Expected("status=exited", List.of(ended)),
            new Expected("status=created", List.of(created)),
            new Expected("exited=4", List.of(ended)),
            new Expected("label=one", List.of(up)),
            new Expected("name=" + up, List.of(up)),
            new Expected("name=^/" + ended + "$", List.of(ended)),
            new Expected("id=" + docker.inspect("{{.Id}}", up).substring(0, 12), List.of(up)),
            new Expected("volume=" + volume, List.of(up)),
            new Expected("volume=/data", List.of(up)),
            new Expected("expose=80", List.of(up)),
            new Expected("since=" + ended, List.of(created)),
            new Expected("before=" + ended, List.of(up)),
            new Expected("network=bridge", List.of(created, ended, up)),
            new Expected("ancestor=busybox", List.of(created, ended, up)),
            new Expected("ancestor=busybox:latest", List.of(created, ended, up)))) {
      assertThat(
              docker
                  .run(
                      "ps -a --filter label=group={} --filter {} --format {{.Names}}",
                      label,
                      expected.filter())
                  .exited(0)
                  .lines())
          .as(expected.filter())
          .containsExactlyElementsOf(expected.names());
    }
    assertThat(docker.run("ps --filter nosuch=1").exited(1).err())
        .contains("invalid filter 'nosuch'");
    assertThat(
            docker.ok(
                "ps --no-trunc --filter name={} --format {}",
                up,
                "{{.ID}}|{{.Image}}|{{.Command}}|{{.State}}|{{.Status}}|{{.Ports}}|{{.Mounts}}|{{.Networks}}|{{.LocalVolumes}}|{{.Label \"group\"}}|{{.RunningFor}}|{{.CreatedAt}}"))
        .matches(
            "[0-9a-f]{64}\\|busybox\\|\"sleep 600\"\\|running\\|Up .*\\|127.0.0.1:[0-9]+->80/tcp\\|%s\\|bridge\\|1\\|%s\\|.* ago\\|20.*"
                .formatted(volume, label));
    assertThat(docker.ok("ps -s --filter name={} --format {{.Size}}", up))
        .matches("[0-9.]+k?B \\(virtual [0-9.]+[kM]B\\)");
    assertThat(docker.ok("ps -aq -n 1 --no-trunc")).isEqualTo(docker.inspect("{{.Id}}", created));
  }

  @Test
  void showsItsProcesses() {
    String name = running("", "sleep 501 & exec sleep 502");

    Output top = docker.run("top {}", name).exited(0);

    assertThat(top.lines().getFirst()).matches("UID +PID +PPID +C +STIME +TTY +TIME +CMD");
    assertThat(top.out()).contains("sleep 501", "sleep 502");
    assertThat(docker.run("top {} -o pid,comm", name).exited(0).lines())
        .hasSize(3)
        .first()
        .asString()
        .matches("PID +COMMAND");
  }

  @Test
  void inspectTellsWhatWasAsked() {
    String name =
        running(
            "-e A=b --label l=v -w /tmp -u 7 -h box --restart on-failure:3 --network none --init -t --stop-timeout 3");

    assertThat(
            docker.inspect(
                "{{with .Config}}{{index .Env 0}} {{.Labels.l}} {{.WorkingDir}} {{.User}} {{.Hostname}} {{.Image}} {{.Tty}} {{.Cmd}} {{.StopTimeout}}{{end}} {{with .HostConfig}}{{.RestartPolicy.Name}}:{{.RestartPolicy.MaximumRetryCount}} {{.NetworkMode}} {{.Init}}{{end}} {{.Path}} {{.Args}} {{.Driver}} {{.Platform}}",
                name))
        .isEqualTo(
            "A=b v /tmp 7 box busybox true [sleep 600] 3 on-failure:3 none true sleep [600] overlay2 linux");
    assertThat(docker.inspect("{{.Created}} {{.State.StartedAt}} {{.State.FinishedAt}}", name))
        .matches("(20\\S+Z ){2}0001-01-01T00:00:00Z");
  }

  @Test
  void removesItselfWhenToldTo() {
    String name = Unique.name("gone");
    docker.ok("run --rm -d --name {} -v /data busybox true", name);

    dev.flota.lab.harness.Await.until(
        "it is gone", () -> docker.run("inspect {}", name).exit() == 1);
    assertThat(docker.ok("ps -aq --filter name={}", name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"start", "stop", "kill", "pause", "restart", "rm", "wait", "logs", "top"})
  void anUnknownContainerIsNamed(String command) {
    assertThat(docker.run(command + " nosuch").exited(1).err())
        .startsWith("Error response from daemon: ")
        .contains("No such container: nosuch");
  }

  @Test
  void endedOnesArePruned() {
    String name = Unique.name("prune");
    docker.ok("run --name {} --label prune={} busybox true", name, name);

    Output pruned = docker.run("container prune -f --filter label=prune={}", name).exited(0);

    assertThat(pruned.out()).contains("Deleted Containers:").contains("Total reclaimed space:");
    assertThat(docker.run("inspect {}", name).exit()).isEqualTo(1);
  }

  @Test
  void idsGoToAFile(@org.junit.jupiter.api.io.TempDir java.nio.file.Path directory)
      throws java.io.IOException {
    java.nio.file.Path file = directory.resolve("id");
    String id = docker.ok("run -d --cidfile {} busybox true", file);
    assertThat(file).hasContent(id);
  }

  @Test
  void manyAtOnce() {
    List<RunningCommand> commands =
        IntStream.range(0, 20)
            .mapToObj(number -> docker.start("run --rm busybox echo number {}", number))
            .toList();

    for (int number = 0; number < commands.size(); number++) {
      assertThat(commands.get(number).endInput().await().exited(0).text())
          .isEqualTo("number " + number);
    }
  }
}
