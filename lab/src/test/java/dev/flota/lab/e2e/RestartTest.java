package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Unique;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers that come back by themselves. */
@EndToEnd
class RestartTest {
  private final Docker docker;
  private final LabHost host;
  private final String name = Unique.name("restart");

  RestartTest(Docker docker, LabHost host) {
    this.docker = docker;
    this.host = host;
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  private String state() {
    return docker.inspect("{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}", name);
  }

  @Test
  void onFailureGivesUpAfterSoManyTries() {
    docker.ok("run -d --restart on-failure:2 --name {} busybox sh -c {}", name, "echo try; exit 3");

    Await.until("it gives up", this::state, () -> state().equals("exited 2 3"));
    assertThat(docker.run("logs {}", name).lines()).containsExactly("try", "try", "try");
  }

  @ParameterizedTest
  @CsvSource({"on-failure, exit 0", "no, exit 3", "no, exit 0"})
  void whatMayEndStaysEnded(String policy, String script) {
    docker.ok("run -d --restart {} --name {} busybox sh -c {}", policy, name, script);

    docker.ok("wait {}", name);

    Await.until("it has ended", this::state, () -> state().startsWith("exited 0"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"always", "unless-stopped", "on-failure"})
  void killedByTheKernelComesBackUntilAPersonStopsIt(String policy) {
    docker.ok("run -d --restart {} --name {} busybox sleep 600", policy, name);
    String process = docker.inspect("{{.State.Pid}}", name);

    host.ok("kill -9 " + process);

    Await.until("it is back", this::state, () -> state().startsWith("running 1 "));
    docker.ok("stop -t 0 {}", name);
    assertThat(state()).startsWith("exited ");
    docker.ok("start {}", name);
    assertThat(state()).startsWith("running 0 ");
  }

  @Test
  void stopEndsTheWaitingForTheNextTry() {
    docker.ok("run -d --restart always --name {} busybox sh -c {}", name, "exit 3");
    Await.until(
        "it has come back a few times",
        this::state,
        () -> Integer.parseInt(docker.inspect("{{.RestartCount}}", name)) >= 2);

    docker.ok("stop -t 0 {}", name);

    assertThat(state()).startsWith("exited ");
    String count = docker.inspect("{{.RestartCount}}", name);
    docker.ok("run --rm busybox true");
    assertThat(docker.inspect("{{.RestartCount}}", name)).isEqualTo(count);
  }
}
