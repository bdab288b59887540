package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Terminal;
import dev.flota.lab.harness.Unique;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A container is on one host, and every host is asked about it. */
@FleetEndToEnd
@Tag("five")
class EverywhereTest {
  private static final String ON_2 = " -e constraint:node==host-2 ";

  private final FleetLab fleet;
  private final String name = Unique.name("everywhere");

  EverywhereTest(FleetLab fleet) {
    this.fleet = fleet;
  }

  @BeforeEach
  void images() {
    fleet.docker(1).need("busybox");
    fleet
        .dockers()
        .forEach(docker -> Await.until("busybox is known", () -> docker.hasImage("busybox")));
  }

  private void runOn2(String command) {
    fleet.docker(1).ok("run -d --name " + name + ON_2 + "busybox sh -c {}", command);
    fleet
        .dockers()
        .forEach(
            docker ->
                Await.until(
                    "the container is known", () -> docker.run("inspect " + name).exit() == 0));
  }

  @Test
  void isListedByAll() {
    runOn2("sleep 1000");

    for (Docker docker : fleet.dockers()) {
      assertThat(
              docker.ok("ps --filter name=" + name + " --format {}", "{{.Label \"flota.node\"}}"))
          .isEqualTo("host-2");
      assertThat(docker.ok("ps -q --filter node=host-2 --filter name=" + name)).isNotEmpty();
      assertThat(docker.ok("ps -q --filter node=host-1 --filter name=" + name)).isEmpty();
      assertThat(docker.inspect("{{.Node.Name}}", name)).isEqualTo("host-2");
    }
  }

  @Test
  void answersExecFromAll() {
    runOn2("sleep 1000");

    for (Docker docker : fleet.dockers()) {
      assertThat(docker.ok("exec " + name + " sh -c {}", "echo out; echo $HOSTNAME >/dev/null"))
          .isEqualTo("out");
      assertThat(docker.run("exec " + name + " sh -c {}", "exit 7").exit()).isEqualTo(7);
    }
  }

  @Test
  void carriesMegabytesThroughExec() {
    runOn2("sleep 1000");

    String sum = "head -c 20000000 /dev/zero | md5sum | cut -c1-32";
    for (int host : List.of(1, 3)) {
      assertThat(
              fleet
                  .docker(host)
                  .shell(
                      "docker exec " + name + " head -c 20000000 /dev/zero | md5sum | cut -c1-32")
                  .exited(0)
                  .text())
          .isEqualTo(fleet.docker(host).ok("exec " + name + " sh -c {}", sum));
    }
  }

  @Test
  void followsLogsFromAnotherHostToTheEnd() {
    runOn2("for i in 1 2 3; do echo line-$i; sleep 1; done");

    Output followed = fleet.docker(3).run("logs -f " + name);

    assertThat(followed.exited(0).lines()).containsExactly("line-1", "line-2", "line-3");
  }

  @Test
  void waitsOnAnotherHost() {
    fleet.docker(3).ok("create --name " + name + ON_2 + "busybox sh -c {}", "exit 5");
    Await.until("the container is known", () -> fleet.docker(1).run("inspect " + name).exit() == 0);
    fleet.docker(1).ok("start " + name);
    assertThat(fleet.docker(3).ok("wait " + name)).isEqualTo("5");
  }

  @Test
  void attachesATerminalOnAnotherHost() {
    try (Terminal terminal =
        fleet.docker(3).terminal("run -it --rm --name " + name + ON_2 + "busybox sh")) {
      terminal.await("#").enter("stty size; echo done-$((40+2))").await("done-42");
      terminal.enter("exit 3");
      assertThat(terminal.awaitExit()).isEqualTo(3);
    }
  }

  @Test
  void echoesThroughExecFromAll() {
    runOn2("sleep 1000");

    for (Docker docker : fleet.dockers()) {
      Output echoed =
          docker.input("through\n".getBytes(StandardCharsets.UTF_8), "exec -i " + name + " cat");
      assertThat(echoed.exited(0).text()).isEqualTo("through");
    }
  }

  @Test
  void runsInTheForegroundOnAnotherHost() {
    Output ran =
        fleet
            .docker(1)
            .input(
                "typed\n".getBytes(StandardCharsets.UTF_8),
                "run --rm -i" + ON_2 + "busybox sh -c {}",
                "cat; exit 4");

    assertThat(ran.exited(4).text()).isEqualTo("typed");
  }

  @Test
  void changesStateFromAnyHost() {
    runOn2("trap 'exit 0' TERM; while :; do sleep 0.1; done");

    fleet.docker(1).ok("pause " + name);
    fleet.docker(3).ok("unpause " + name);
    assertThat(fleet.docker(3).ok("top " + name)).contains("sleep");
    fleet.docker(3).ok("rename " + name + " " + name + "-2");
    fleet.docker(3).ok("stop " + name + "-2");
    fleet.docker(1).ok("start " + name + "-2");
    fleet.docker(1).ok("rm -f " + name + "-2");
    for (Docker docker : fleet.dockers()) {
      Await.until("the container is gone", () -> docker.run("inspect " + name + "-2").exit() == 1);
    }
  }

  @Test
  void tellsEventsOfAllHosts() {
    try (RunningCommand events =
        fleet
            .docker(3)
            .start(
                "events --filter container=" + name + " --format {}",
                "{{.Action}} {{index .Actor.Attributes \"node.name\"}}")) {
      Await.until(
          "events are followed",
          () -> {
            fleet.docker(1).run("run --rm --name " + name + ON_2 + "busybox true");
            return events.out().contains("die host-2");
          });
      assertThat(events.out()).contains("create host-2").contains("start host-2");
    }
  }

  @Test
  void givesANameOnce() {
    runOn2("sleep 1000");

    for (int host : List.of(1, 3)) {
      Output second = fleet.docker(host).run("create --name " + name + " busybox");
      assertThat(second.exited(1).err())
          .contains(
              "Conflict. The container name \"/" + name + "\" is already in use by container");
    }
  }

  @Test
  void letsOneOfTwoRacersHaveAName() {
    List<RunningCommand> racers =
        fleet.dockers().stream()
            .map(docker -> docker.start("create --name " + name + " busybox"))
            .toList();

    List<Output> ends = racers.stream().map(racer -> racer.endInput().await()).toList();

    assertThat(ends).filteredOn(end -> end.exit() == 0).hasSize(1);
    assertThat(ends)
        .filteredOn(end -> end.exit() != 0)
        .allSatisfy(end -> assertThat(end.err()).contains("is already in use"));
  }

  @Test
  void namesTheReasonWhyNoHostFits() {
    Output none = fleet.docker(1).run("create --cpus 2 --memory 9000g busybox");
    assertThat(none.exited(1).err())
        .contains("no host fits: host-1: needs")
        .contains("host-3: needs");

    Output unknown = fleet.docker(1).run("create -e constraint:node==host-9 busybox");
    assertThat(unknown.exited(1).err()).contains("no host is named host-9");
  }

  /** Not always over all: a host that is busier than the others by some eighths gets none. */
  @Test
  void spreadsOverHosts() {
    for (int i = 0; i < 6; i++) {
      fleet
          .docker(i % 3 + 1)
          .ok("run -d --cpus 0.2 --label spread=" + name + " busybox sleep 1000");
    }
    Await.until(
        "all are known",
        () -> fleet.docker(1).ok("ps -q --filter label=spread=" + name).lines().count() == 6);

    List<String> nodes =
        fleet
            .docker(1)
            .run("ps --filter label=spread=" + name + " --format {}", "{{.Label \"flota.node\"}}")
            .lines();
    assertThat(Set.copyOf(nodes)).hasSizeGreaterThan(1);
  }

  @Test
  void showsAndRemovesAnImageOnAllHosts() {
    fleet.docker(1).ok("tag busybox " + name + ":only");
    for (int host : List.of(2, 3)) {
      Docker docker = fleet.docker(host);
      Await.until("the image is known", () -> docker.hasImage(name + ":only"));
      assertThat(
              docker.ok(
                  "run --rm -e constraint:node==host-" + host + " " + name + ":only echo ran"))
          .isEqualTo("ran");
    }

    fleet.docker(3).ok("rmi " + name + ":only");
    for (Docker docker : fleet.dockers()) {
      Await.until("the image is gone", () -> !docker.hasImage(name + ":only"));
    }
  }

  @Test
  void pinsAContainerToItsVolume() {
    fleet
        .docker(1)
        .ok(
            "run --rm -e constraint:node==host-3 -v " + name + ":/data busybox sh -c {}",
            "echo kept >/data/f");
    Await.until(
        "the volume is known", () -> fleet.docker(2).run("volume inspect " + name).exit() == 0);
    Await.until(
        "host-1 knows the volume too",
        () -> fleet.docker(1).run("volume inspect " + name).exit() == 0);

    assertThat(fleet.docker(1).ok("run --rm -v " + name + ":/data busybox cat /data/f"))
        .isEqualTo("kept");
    fleet.docker(2).ok("volume rm " + name);
  }
}
