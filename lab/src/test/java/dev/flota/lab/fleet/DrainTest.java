package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.lab.harness.Api;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many containers move: a host is drained, the fleet is balanced, some are chosen by label. */
@FleetEndToEnd
class DrainTest {
  private static final String LIFE = "{{.Id}} {{.State.StartedAt}} {{.RestartCount}}";
  private static final String COUNT = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done";

  private final FleetLab fleet;
  private final Docker docker;
  private final Api api;
  private final String label = Unique.name("drain");
  private final List<String> names =
      IntStream.rangeClosed(1, 4).mapToObj(number -> label + "-" + number).toList();
  private final String obstinate = label + "-obstinate";
  private final String late = label + "-late";

  DrainTest(FleetLab fleet) {
    this.fleet = fleet;
    docker = fleet.docker(1);
    api = new Api(fleet.host(1).socket());
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  @AfterEach
  void putBack() {
    activate("host-1", "host-2", "host-3");
    docker.run("rm -f " + String.join(" ", names) + " {} {}", obstinate, late);
  }

  private void mark(String availability, String... hosts) {
    for (String host : hosts) {
      String body = "{\"availability\":\"%s\"}".formatted(availability);
      Api.Answer answer = api.send("POST", "/fleet/hosts/" + host + "/update", body);
      assertThat(answer.status()).as(answer.body()).isEqualTo(204);
    }
  }

  private void activate(String... hosts) {
    mark("active", hosts);
  }

  /** On host 1, and free to go elsewhere. */
  private void run(List<String> containers, String options) {
    mark("drain", "host-2", "host-3");
    for (String name : containers) {
      docker.ok(
          "run -d --name {} --label test={} " + options + " busybox sh -c {}", name, label, COUNT);
    }
    activate("host-2", "host-3");
  }

  private Output flota(int host, String words) {
    return fleet.docker(host).flota(words).endInput().await();
  }

  private String hostOf(String name) {
    return docker.inspect("{{.Node.Name}}", name);
  }

  private List<String> lives() {
    return names.stream().map(name -> docker.inspect(LIFE, name)).toList();
  }

  private void countWithoutAGap(String name) {
    List<String> lines = docker.run("logs {}", name).exited(0).lines();
    assertThat(lines)
        .isNotEmpty()
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, lines.size()).mapToObj(Integer::toString).toList());
  }

  @Test
  void aDrainedHostIsLeftByAllThatCanAndTakesNothingNew() {
    run(names, "--memory 16m");
    run(List.of(obstinate), "--network host");
    List<String> lives = lives();

    try (RunningCommand drain = fleet.docker(2).flota("drain host-1 --parallel 1")) {
      drain.awaitOut("begin");
      drain.terminate();
      assertThat(drain.await().err()).contains("cancelled: what is on its way comes to its end");
    }
    docker.ok("run -d --name {} busybox sh -c {}", late, COUNT);
    assertThat(hostOf(late)).isNotEqualTo("host-1"); // drained though cancelled
    assertThat(names).filteredOn(name -> hostOf(name).equals("host-1")).hasSizeGreaterThan(1);

    Output drained = flota(2, "drain host-1");

    drained.exited(1);
    assertThat(drained.out())
        .contains(obstinate + ": host-1 → ")
        .contains("it uses the network of its host");
    assertThat(hostOf(obstinate)).isEqualTo("host-1");
    assertThat(docker.inspect("{{.State.Status}}", obstinate)).isEqualTo("running");
    for (String name : names) {
      Await.until("it is known elsewhere", () -> !hostOf(name).equals("host-1"));
      countWithoutAGap(name);
    }
    assertThat(lives()).isEqualTo(lives);

    assertThat(flota(3, "drain host-1 --policy stay").exited(0).out())
        .contains("0 moved, 1 stayed");
    assertThat(flota(3, "drain host-1 --policy restart").exited(0).out())
        .contains(": restarted")
        .contains("1 moved");
    Await.until("it is known elsewhere", () -> !hostOf(obstinate).equals("host-1"));
    assertThat(docker.inspect("{{.State.Status}}", obstinate)).isEqualTo("running");

    flota(3, "undrain host-1").exited(0);
    docker.ok("rm -f {}", late);
    docker.ok("run -d --name {} -e constraint:node==host-1 busybox sh -c {}", late, COUNT);
    assertThat(hostOf(late)).isEqualTo("host-1");
  }

  @Test
  void rebalancingSaysWhatItWouldDoDoesItAndThenLetsThemRest() {
    double cpus = 0;
    for (JsonNode host : api.send("GET", "/fleet/hosts").json()) {
      cpus = host.path("CPUs").asDouble();
    }
    run(names, String.format(Locale.ROOT, "--cpus %.2f", cpus / 5));
    List<String> lives = lives();

    assertThat(flota(2, "rebalance").exited(0).out())
        .contains(": host-1 → host-")
        .contains("nothing is moved without --apply");
    assertThat(names).allSatisfy(name -> assertThat(hostOf(name)).isEqualTo("host-1"));

    assertThat(flota(2, "rebalance --apply --parallel 1").exited(0).out())
        .containsPattern("[1-4] moved")
        .doesNotContain("stayed");
    Await.until(
        "some are elsewhere",
        () -> names.stream().anyMatch(name -> !hostOf(name).equals("host-1")));
    assertThat(lives()).isEqualTo(lives);
    assertThat(flota(3, "rebalance").exited(0).out()).contains("left alone, moved lately");
  }

  @Test
  void severalMoveAtOnceByLabelOrByNameEachForItself() {
    run(names.subList(0, 2), "");
    run(List.of(obstinate), "--network host");
    String first = names.get(0);
    String second = names.get(1);

    flota(1, "teleport --filter label=test=" + label + " --filter name=-[12]$ --to host-2")
        .exited(0);
    Await.until(
        "both are there", () -> hostOf(first).equals("host-2") && hostOf(second).equals("host-2"));

    Output some = flota(3, "teleport %s %s %s --to host-3".formatted(obstinate, first, second));
    some.exited(1);
    assertThat(some.out())
        .contains("2 moved, 1 stayed")
        .contains("it uses the network of its host");
    Await.until(
        "both are there", () -> hostOf(first).equals("host-3") && hostOf(second).equals("host-3"));
    countWithoutAGap(first);
  }

  @Test
  void whatMakesNoSenseIsRefusedAndNothingIsMarked() {
    assertThat(api.send("POST", "/fleet/hosts/host-9/drain").status()).isEqualTo(404);
    for (String wrong : List.of("parallel=0", "policy=perhaps", "mode=fast")) {
      Api.Answer answer = api.send("POST", "/fleet/hosts/host-1/drain?" + wrong);
      assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    }
    assertThat(api.send("POST", "/fleet/teleports", "{\"containers\":[]}").status()).isEqualTo(400);
    for (String body :
        List.of(
            "{\"containers\":[\"nobody\"]}", "{\"containers\":[\"nobody\"],\"host\":\"host-9\"}")) {
      assertThat(api.send("POST", "/fleet/teleports", body).status()).isEqualTo(404);
    }
    assertThat(api.send("POST", "/fleet/rebalance?threshold=0").status()).isEqualTo(400);
    assertThat(api.send("GET", "/fleet/hosts").body()).doesNotContain("\"drain\"");
  }
}
