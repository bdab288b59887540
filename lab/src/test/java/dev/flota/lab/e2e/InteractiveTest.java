package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Terminal;
import dev.flota.lab.harness.Unique;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A person at a terminal, and programs at the ends of pipes. */
@EndToEnd
class InteractiveTest {
  private static final String CTRL_P_CTRL_Q = "\u0010\u0011";

  private final Docker docker;

  InteractiveTest(Docker docker) {
    this.docker = docker;
  }

  @BeforeEach
  void images() {
    docker.need("busybox", "debian");
  }

  /** A command that says begun once it is in the foreground; what is typed does not say so. */
  private static String sleeping(int seconds) {
    return "sh -c \"echo be''gun; exec sleep " + seconds + "\"";
  }

  @Test
  void controlKeysReachTheForegroundJob() {
    try (Terminal terminal = docker.terminal("run --rm -it debian bash --norc")) {
      terminal.await("# ").enter("PS1='rea''dy> '").await("ready> ");
      terminal.enter(sleeping(1000)).await("begun").control('c').await("^C").await("ready> ");
      terminal.enter("echo code $?").await("code 130").await("ready> ");
      terminal.enter(sleeping(1001)).await("begun").control('z').await("Stopped").await("ready> ");
      terminal.enter("fg").await("sleep 1001").control('c').await("^C").await("ready> ");
      terminal.enter("exit 5");
      assertThat(terminal.awaitExit()).isEqualTo(5);
    }
  }

  @Test
  void theWindowsSizeFollows() {
    try (Terminal terminal = docker.terminal("run --rm -it busybox sh")) {
      terminal.await("/ # ");
      awaitSize(terminal, "24 80");
      terminal.resize(41, 132);
      awaitSize(terminal, "41 132");
      terminal.enter("exit");
      assertThat(terminal.awaitExit()).isZero();
    }
  }

  /** The size travels on its own request, so it may come a moment later than the next key. */
  private static void awaitSize(Terminal terminal, String size) {
    terminal
        .enter(
            "until [ \"$(stty size)\" = '" + size + "' ]; do usleep 20000; done; echo is$((6*7))")
        .await("is42");
  }

  @Test
  void detachKeysLeaveTheContainerRunningForTheNextToAttach() {
    String name = Unique.name("detach");
    try (Terminal first = docker.terminal("run -it --name {} busybox sh", name)) {
      first.await("/ # ").enter("word=kept$((40+2))").await("/ # ").type(CTRL_P_CTRL_Q);
      assertThat(first.awaitExit()).isZero();
    }
    assertThat(docker.inspect("{{.State.Status}}", name)).isEqualTo("running");
    try (Terminal second = docker.terminal("attach {}", name)) {
      second.enter("echo $word").await("kept42").enter("exit 3");
      assertThat(second.awaitExit()).isEqualTo(3);
    }
    assertThat(docker.inspect("{{.State.Status}} {{.State.ExitCode}}", name)).isEqualTo("exited 3");
  }

  @Test
  void detachKeysCanBeOthers() {
    String name = Unique.name("keys");
    try (Terminal terminal =
        docker.terminal("run -it --detach-keys ctrl-x,x --name {} busybox sh", name)) {
      terminal.await("/ # ").control('x').type("x");
      assertThat(terminal.awaitExit()).isZero();
    }
    assertThat(docker.inspect("{{.State.Running}}", name)).isEqualTo("true");
  }

  @Test
  void outputComesAfterTheEndOfInput() {
    Output output =
        docker.input(
            "one\ntwo\n".getBytes(StandardCharsets.UTF_8),
            "run --rm -i busybox sh -c {}",
            "cat; echo end of input; echo to stderr >&2");

    assertThat(output.exited(0).out()).isEqualTo("one\ntwo\nend of input\n");
    assertThat(output.err()).isEqualTo("to stderr\n");
  }

  @Test
  void largeInputComesBackWhole() {
    Output sums =
        docker.shell(
            """
            set -eo pipefail
            file=$(mktemp) && trap 'rm -f $file' EXIT
            head -c 64M /dev/urandom >$file
            sha256sum <$file
            docker run --rm -i busybox cat <$file | sha256sum
            """);

    assertThat(sums.exited(0).lines()).hasSize(2);
    assertThat(sums.lines().get(1)).isEqualTo(sums.lines().get(0));
  }

  @Test
  void aRunningContainerIsAttachedTo() {
    String name = Unique.name("attach");
    docker.ok(
        "run -d -i --name {} busybox sh -c {}",
        name,
        "until [ \"$line\" = quit ]; do read line; echo got $line; done; echo over");
    try (RunningCommand attached = docker.start("attach {}", name)) {
      attached.type("first\n".getBytes(StandardCharsets.UTF_8)).awaitOut("got first\n");
      attached.type("second\n".getBytes(StandardCharsets.UTF_8)).awaitOut("got second\n");
      attached.type("quit\n".getBytes(StandardCharsets.UTF_8));
      assertThat(attached.await().exited(0).out()).endsWith("got quit\nover\n");
    }
  }

  @Test
  void twoAttachedSeeTheSame() {
    String name = Unique.name("both");
    docker.ok("run -d -i --name {} busybox cat", name);
    try (RunningCommand one = docker.start("attach {}", name);
        RunningCommand other = docker.start("attach --no-stdin {}", name)) {
      // Attached is who hears: repeat until both do.
      Await.until(
          "both hear",
          () -> {
            one.type("echo\n".getBytes(StandardCharsets.UTF_8));
            return one.out().contains("echo") && other.out().contains("echo");
          });
    }
  }

  @Test
  void execOnATerminal() {
    String name = Unique.name("exec");
    docker.ok("run -d --name {} busybox sleep 600", name);
    try (Terminal terminal = docker.terminal("exec -it {} sh", name)) {
      terminal.await("/ # ").enter("tty").await("/dev/pts/").await("/ # ");
      terminal.resize(33, 99);
      awaitSize(terminal, "33 99");
      terminal.enter("exit 9");
      assertThat(terminal.awaitExit()).isEqualTo(9);
    }
    assertThat(docker.inspect("{{.State.Running}}", name)).isEqualTo("true");
  }

  @Test
  void aKilledClientLeavesTheContainerRunning() {
    String name = Unique.name("orphan");
    try (RunningCommand client =
        docker.start("run -i --name {} busybox sh -c {}", name, "echo begun; sleep 600")) {
      client.awaitOut("begun");
      client.kill();
      client.await();
    }
    assertThat(docker.inspect("{{.State.Running}}", name)).isEqualTo("true");
    assertThat(docker.ok("exec {} echo answers", name)).isEqualTo("answers");
  }

  @Test
  void signalsOfTheClientGoToTheContainer() {
    try (RunningCommand client =
        docker.start(
            "run --rm busybox sh -c {}",
            "trap 'echo stopping; exit 21' TERM; echo begun; while :; do usleep 50000; done")) {
      client.awaitOut("begun").terminate();
      assertThat(client.await().exited(21).out()).endsWith("stopping\n");
    }
  }

  @Test
  void startAttachesWithInput() {
    String name = docker.ok("create -i busybox cat");

    Output output =
        docker.input("through\n".getBytes(StandardCharsets.UTF_8), "start -ai {}", name);

    assertThat(output.exited(0).out()).isEqualTo("through\n");
  }
}
