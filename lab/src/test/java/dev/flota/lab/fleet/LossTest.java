package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.Unique;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A wire that loses packets. */
@FleetEndToEnd
@Tag("faults")
@Tag("slow")
class LossTest {
  private final FleetLab fleet;

  LossTest(FleetLab fleet) {
    this.fleet = fleet;
  }

  @BeforeEach
  void images() {
    fleet.dockers().forEach(docker -> docker.need("busybox"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void fiveInAHundredHinderNobody(int asked) {
    Docker docker = fleet.docker(asked);
    fleet.lose(5);

    for (int host : new int[] {1, 2, 3}) {
      String name = Unique.name("loss");
      docker.ok(
          "run -d --name {} -e constraint:node=={} busybox sh -c {}",
          name,
          fleet.host(host).name(),
          "echo started; trap 'exit 0' TERM; while :; do sleep 0.1; done");
      assertThat(docker.ok("exec {} echo works", name)).isEqualTo("works");
      assertThat(docker.ok("logs {}", name)).isEqualTo("started");
      assertThat(
              docker
                  .ok("exec {} sh -c {}", name, "head -c 3000000 /dev/zero | tr '\\0' x")
                  .length())
          .isEqualTo(3_000_000);
      docker.ok("stop {}", name);
      Await.until(
          "its end is known",
          () -> docker.inspect("{{.State.Status}} {{.State.ExitCode}}", name).equals("exited 0"));
    }

    fleet.heal();
    fleet.awaitTogether();
    new FleetCheck(fleet).consistent();
  }
}
