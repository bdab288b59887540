package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.Lab;
import dev.flota.lab.harness.Unique;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestFactory;

/**
 * Every JSON answer that this test run saw keeps to Docker's own description of its API. Comes
 * last, so that it has seen all; asks for the main things itself, so that it says something alone
 * too.
 */
@EndToEnd
@Order(Integer.MAX_VALUE)
class ContractTest {
  private final Lab lab;
  private final Docker docker;

  ContractTest(Lab lab, Docker docker) {
    this.lab = lab;
    this.docker = docker;
  }

  @TestFactory
  Stream<DynamicTest> answersKeepToTheDescription() {
    askForTheMainThings();
    return lab.contract().seen().entrySet().stream()
        .sorted(java.util.Map.Entry.comparingByKey())
        .map(
            seen ->
                DynamicTest.dynamicTest(
                    seen.getKey() + " (" + seen.getValue() + " times)",
                    () -> assertThat(lab.contract().breachesOf(seen.getKey())).isEmpty()));
  }

  private void askForTheMainThings() {
    docker.need("busybox");
    String name = Unique.name("contract");
    String volume = docker.ok("volume create {}", Unique.name("contract"));
    docker.ok(
        "run -d --name {} -v {}:/data -p 80 -m 64m -e A=b --cap-drop ALL busybox sleep 600",
        name,
        volume);
    docker.ok("exec {} true", name);
    docker.run("inspect {} {} busybox bridge", name, volume).exited(0);
    for (String line :
        new String[] {
          "version",
          "info",
          "ps -a -s",
          "images -a",
          "volume ls",
          "network ls",
          "history busybox",
          "system df -v"
        }) {
      docker.run(line).exited(0);
    }
    String network = Unique.name("contract");
    docker.ok("network create --label a=b --internal {}", network);
    docker.ok("network connect --alias other {} {}", network, name);
    docker.run("network inspect {}", network).exited(0);
    docker.run("inspect {}", name).exited(0);
    docker.ok("network disconnect {} {}", network, name);
    docker.ok("network rm {}", network);
    docker.ok("network prune -f");
    docker.ok("top {}", name);
    docker.run("events --since 0 --until 0s").exited(0);
    docker.ok("rm -f {}", name);
  }
}
