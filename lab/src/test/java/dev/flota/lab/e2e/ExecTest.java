package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Further commands in a running container. */
@EndToEnd
class ExecTest {
  private final Docker docker;
  private String name = "";

  ExecTest(Docker docker) {
    this.docker = docker;
  }

  @BeforeEach
  void container() {
    docker.need("busybox");
    name = Unique.name("exec");
    docker.ok("run -d --name {} -e OUTER=yes -w /home busybox sleep 600", name);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '`',
      textBlock =
          """
          # options            ¦ command                                ¦ exit ¦ output as a pattern
                               ¦ echo hello                             ¦ 0    ¦ hello
                               ¦ sh -c 'exit 9'                         ¦ 9    ¦
                               ¦ sh -c 'echo $OUTER; pwd'               ¦ 0    ¦ yes\\n/home
          -e INNER=1           ¦ sh -c 'echo $OUTER$INNER'              ¦ 0    ¦ yes1
          -w /tmp              ¦ pwd                                    ¦ 0    ¦ /tmp
          -u 1000:33           ¦ id                                     ¦ 0    ¦ uid=1000 gid=33.*
          -u nobody            ¦ id -un                                 ¦ 0    ¦ nobody
                               ¦ grep CapEff /proc/self/status          ¦ 0    ¦ CapEff:\\t00000000a80425fb
                               ¦ grep Seccomp: /proc/self/status        ¦ 0    ¦ Seccomp:\\t2
          --privileged         ¦ grep -c a80425fb /proc/self/status     ¦ 1    ¦ 0
                               ¦ nosuch                                 ¦ 127  ¦ (?s).*exec: "nosuch": executable file not found in \\$PATH.*
                               ¦ /etc                                   ¦ 126  ¦ (?s).*(permission denied|is a directory).*
                               ¦ /no/such                               ¦ 127  ¦ (?s).*no such file or directory.*
          -u nosuch            ¦ true                                   ¦ 1    ¦ (?s).*unable to find user nosuch: no matching entries in passwd file.*
                               ¦ sh -c 'kill -9 $$'                     ¦ 137  ¦
          """)
  void runsInTheContainer(String options, String command, int exit, String pattern) {
    Output output =
        docker
            .run("exec " + (options == null ? "" : options) + " {} " + command, name)
            .exited(exit);

    assertThat(output.all().strip()).as("%s", output).matches(pattern == null ? "" : pattern);
  }

  @Test
  void readsItsInput() {
    assertThat(
            docker
                .input(
                    "words\n".getBytes(StandardCharsets.UTF_8),
                    "exec -i {} sh -c {}",
                    name,
                    "cat; echo end")
                .exited(0)
                .out())
        .isEqualTo("words\nend\n");
  }

  @Test
  void keepsItsStreamsApart() {
    Output output = docker.run("exec {} sh -c {}", name, "echo one; echo two >&2").exited(0);

    assertThat(output.out()).isEqualTo("one\n");
    assertThat(output.err()).isEqualTo("two\n");
  }

  @Test
  void runsInTheBackground() {
    docker.ok("exec -d {} touch /made", name);

    Await.until("the file is there", () -> docker.run("exec {} ls /made", name).exit() == 0);
  }

  @Test
  void isRefusedByAContainerThatDoesNotRun() {
    docker.ok("stop -t 0 {}", name);

    assertThat(docker.run("exec {} true", name).exited(1).err())
        .containsPattern("Error response from daemon: container [0-9a-f]{64} is not running");
  }

  @Test
  void endsWithItsContainer() {
    try (RunningCommand exec = docker.start("exec {} sh -c {}", name, "echo begun; sleep 600")) {
      exec.awaitOut("begun");
      docker.ok("kill {}", name);
      exec.await().exited(137);
    }
  }

  @Test
  void manyAtOnce() {
    List<RunningCommand> commands =
        IntStream.range(0, 16)
            .mapToObj(
                number ->
                    docker.start("exec {} sh -c {}", name, "echo " + number + "; exit " + number))
            .toList();

    for (int number = 0; number < commands.size(); number++) {
      assertThat(commands.get(number).endInput().await().exited(number).text())
          .isEqualTo(String.valueOf(number));
    }
  }

  @Test
  void largeOutputIsWhole() {
    Output sums =
        docker.shell(
            "docker exec %1$s sh -c 'head -c 20000000 /dev/zero | tr \"\\\\0\" x' | sha256sum; head -c 20000000 /dev/zero | tr '\\0' x | sha256sum"
                .formatted(name));

    assertThat(sums.exited(0).lines().get(0)).isEqualTo(sums.lines().get(1));
  }
}
