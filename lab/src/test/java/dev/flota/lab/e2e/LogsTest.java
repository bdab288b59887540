package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a container said. */
@EndToEnd
class LogsTest {
  private static final String TIME = "20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z ";

  private final Docker docker;
  private final String name = Unique.name("logs");

  LogsTest(Docker docker) {
    this.docker = docker;
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  private void said(String script) {
    docker.run("run --name {} busybox sh -c {}", name, script).exited(0);
  }

  @Test
  void keepsBothStreamsApart() {
    said("echo one; echo two >&2; printf three");

    Output logs = docker.run("logs {}", name).exited(0);

    assertThat(logs.out()).isEqualTo("one\nthree");
    assertThat(logs.err()).isEqualTo("two\n");
  }

  @Test
  void givesTheLastLines() {
    said("seq 1 1000");

    assertThat(docker.run("logs -n 3 {}", name).exited(0).out()).isEqualTo("998\n999\n1000\n");
    assertThat(docker.run("logs --tail 0 {}", name).exited(0).out()).isEmpty();
    assertThat(docker.run("logs --tail all {}", name).exited(0).lines()).hasSize(1000);
    assertThat(docker.run("logs --tail 5000 {}", name).exited(0).lines())
        .isEqualTo(IntStream.rangeClosed(1, 1000).mapToObj(String::valueOf).toList());
  }

  @Test
  void tellsTimesAndSelectsByThem() {
    said("echo first; usleep 50000; echo second; usleep 50000; echo third");

    List<String> lines = docker.run("logs -t {}", name).exited(0).lines();

    assertThat(lines).hasSize(3).allMatch(line -> line.matches(TIME + "(first|second|third)"));
    String second = lines.get(1).split(" ", -1)[0];
    assertThat(docker.run("logs --since {} {}", second, name).exited(0).lines())
        .containsExactly("second", "third");
    String before = OffsetDateTime.parse(second).minusNanos(1_000_000).toString();
    assertThat(docker.run("logs --until {} {}", before, name).exited(0).lines())
        .containsExactly("first");
    assertThat(docker.run("logs --since {} --until {} {}", second, second, name).exited(0).lines())
        .containsExactly("second");
    assertThat(docker.run("logs --since 1h {}", name).exited(0).lines()).hasSize(3);
  }

  @Test
  void followsUntilTheEnd() {
    docker.ok(
        "run -d -i --name {} busybox sh -c {}",
        name,
        "echo begun; read line; echo $line; echo over");
    try (RunningCommand follower = docker.start("logs -f {}", name);
        RunningCommand late = docker.start("logs -f -n 0 {}", name)) {
      follower.awaitOut("begun\n");
      docker.input("typed\n".getBytes(java.nio.charset.StandardCharsets.UTF_8), "attach {}", name);
      assertThat(follower.await().exited(0).out()).isEqualTo("begun\ntyped\nover\n");
      late.await().exited(0);
    }
  }

  @Test
  void followsThroughARestart() {
    docker.ok("run -d --name {} busybox sh -c {}", name, "echo run; exec sleep 600");
    docker.ok("restart -t 0 {}", name);
    docker.ok("kill {}", name);
    docker.ok("wait {}", name);

    assertThat(docker.run("logs {}", name).exited(0).lines()).containsExactly("run", "run");
  }

  @Test
  void ofATerminalIsOneStream() {
    docker.run("run -t --name {} busybox sh -c {}", name, "echo one; echo two >&2").exited(0);

    Output logs = docker.run("logs {}", name).exited(0);

    assertThat(logs.out()).isEqualTo("one\r\ntwo\r\n");
    assertThat(logs.err()).isEmpty();
  }

  @Test
  void longAndOddLinesComeBackAsTheyWere() {
    said(
        "head -c 100000 /dev/zero | tr '\\0' x; echo; printf 'tab\\tand \\303\\274 and \\001\\n\\nend'");

    assertThat(docker.run("logs {}", name).exited(0).out())
        .isEqualTo("x".repeat(100000) + "\ntab\tand ü and \u0001\n\nend");
  }

  @Test
  void noneIsKeptWhenNoneIsAskedFor() {
    docker.run("run --log-driver none --name {} busybox echo heard", name).exited(0);

    assertThat(docker.run("logs {}", name).exited(1).err())
        .contains("configured logging driver does not support reading");
  }
}
