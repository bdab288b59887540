package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Api;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Hosts that run but do not reach each other. */
@FleetEndToEnd
@Tag("faults")
class CutOffTest {
  private static final Pattern BEING_REPLACED =
      Pattern.compile("others take their place|has not answered");

  private static final String SLEEP =
      "echo started; trap 'exit 0' TERM; while :; do sleep 0.1; done";

  private final FleetLab fleet;
  private final FleetCheck check;
  private final String name = Unique.name("cut");

  CutOffTest(FleetLab fleet) {
    this.fleet = fleet;
    this.check = new FleetCheck(fleet);
  }

  @BeforeEach
  void images() {
    fleet.dockers().forEach(docker -> docker.need("busybox"));
  }

  /** Runs a container on a host; returns once all hosts know that it runs. */
  private String running(int host, String options) {
    String container = name + "-on-" + host;
    fleet
        .docker(host)
        .ok(
            "run -d --name {} -e constraint:node=={} " + options + " busybox sh -c {}",
            container,
            fleet.host(host).name(),
            SLEEP);
    for (Docker docker : fleet.dockers()) {
      Await.until(
          "it is known to run",
          () ->
              docker
                  .run("inspect -f {} {}", "{{.State.Running}}", container)
                  .text()
                  .equals("true"));
    }
    return container;
  }

  private static String status(Docker docker, String container) {
    return docker.ok("ps -a --filter name={} --format {}", container, "{{.State}}: {{.Status}}");
  }

  private List<Integer> allBut(int host) {
    return IntStream.rangeClosed(1, fleet.hosts().size())
        .filter(other -> other != host)
        .boxed()
        .toList();
  }

  private int leader() {
    Await.until("the ledger has a leader", () -> fleet.leader(1).isPresent());
    return fleet.leader(1).getAsInt();
  }

  @Test
  void theOthersGoOnWithoutTheLeader() {
    theOthersGoOn(leader());
  }

  @Test
  @Tag("slow")
  void theOthersGoOnWithoutOneOfThem() {
    theOthersGoOn(allBut(leader()).getFirst());
  }

  private void theOthersGoOn(int lost) {
    List<Integer> others = allBut(lost);
    String there = running(lost, "");
    String here = running(others.getFirst(), "");

    fleet.cut(lost);

    for (int other : others) {
      Docker docker = fleet.docker(other);
      Await.until("it is unreachable", () -> status(docker, there).equals("running: Unreachable"));
    }
    for (int other : others) {
      Docker docker = fleet.docker(other);
      Await.until("its host is lost", () -> status(docker, there).equals("running: Host lost"));
      assertThat(docker.inspect("{{.State.Status}} {{.Node.Name}}", there))
          .isEqualTo("running " + fleet.host(lost).name());
      assertThat(docker.run("exec {} true", there).exited(1).err())
          .contains(fleet.host(lost).name(), "cannot be reached now");
      assertThat(docker.run("create --name {} busybox", there).exited(1).err())
          .contains("is already in use");
    }
    theOthersMayDoAnything(others.getFirst(), others.getLast());
    fleet.docker(others.getLast()).ok("stop {}", here);
    assertThat(
            fleet
                .docker(others.getFirst())
                .run("create -e constraint:node=={} busybox", fleet.host(lost).name())
                .exited(1)
                .err())
        .contains(fleet.host(lost).name());

    fleet.heal();
    fleet.awaitTogether();

    check.consistent();
    assertThat(fleet.docker(others.getFirst()).ok("exec {} echo back", there)).isEqualTo("back");
    assertThat(fleet.docker(lost).inspect("{{.State.Status}}", here)).isEqualTo("exited");
  }

  /** Run, exec, stop, networks, names, removal: on one by way of the other. */
  private void theOthersMayDoAnything(int one, int other) {
    Docker docker = fleet.docker(one);
    String network = name + "-net";
    docker.ok("network create {}", network);
    String server = name + "-server";
    String client = name + "-client";
    docker.ok(
        "run -d --name {} --network {} -e constraint:node=={} busybox sleep 600",
        server,
        network,
        fleet.host(other).name());
    fleet
        .docker(other)
        .ok(
            "run -d --name {} --network {} -e constraint:node=={} busybox sleep 600",
            client,
            network,
            fleet.host(one).name());
    Await.until(
        "names and wire work",
        () -> docker.run("exec {} ping -c 1 -W 2 {}", client, server).exit() == 0);
    docker.ok("rename {} {}", server, server + "-2");
    Await.until("the new name is known", () -> docker.run("inspect {}", server + "-2").exit() == 0);
    docker.ok("stop -t 0 {}", server + "-2");
    fleet.docker(other).ok("rm -f {} {}", server + "-2", client);
    docker.ok("network rm {}", network);
  }

  @Test
  @Tag("slow")
  void aLeaderThatIsCutOffAnswersWhatItCan() {
    answersAllTheWay(leader());
  }

  @Test
  @Tag("slow")
  void anotherHostThatIsCutOffAnswersWhatItCan() {
    answersAllTheWay(allBut(leader()).getFirst());
  }

  private void answersAllTheWay(int lost) {
    String own = running(lost, "");
    String elsewhere = running(allBut(lost).getFirst(), "");
    Docker docker = fleet.docker(lost);

    fleet.cut(lost);

    // at once, and again when it is known how things stand
    answersWhatItCan(lost, own);
    Await.until("the others are unreachable", () -> !status(docker, elsewhere).contains("Up"));
    answersWhatItCan(lost, own);
    refuses(lost, own, elsewhere);
    Await.until("the others are lost", () -> status(docker, elsewhere).endsWith("Host lost"));
    answersWhatItCan(lost, own);
    refuses(lost, own, elsewhere);

    fleet.heal();
    fleet.awaitTogether();

    check.consistent();
    assertThat(docker.ok("exec {} echo back", elsewhere)).isEqualTo("back");
    assertThat(fleet.docker(allBut(lost).getLast()).ok("exec {} echo back", own)).isEqualTo("back");
  }

  private void answersWhatItCan(int host, String own) {
    Docker docker = fleet.docker(host);
    assertThat(status(docker, own)).startsWith("running: Up");
    assertThat(docker.inspect("{{.State.Running}}", own)).isEqualTo("true");
    assertThat(docker.ok("logs {}", own)).isEqualTo("started");
    Await.until(
        "it executes, once its actors are replaced",
        () -> docker.run("exec {} echo here", own).text().equals("here"));
    assertThat(docker.ok("top {}", own)).contains("sleep");
    docker.ok("images");
    docker.ok("network ls");
    docker.ok("version");
    docker.ok("info");
  }

  private void refuses(int host, String own, String elsewhere) {
    String majority = "majority";
    refused(
        host,
        "POST",
        "/containers/create?name=" + name + "-new",
        "{\"Image\":\"busybox\"}",
        majority);
    refused(host, "POST", "/containers/" + own + "/rename?name=" + name + "-other", "", majority);
    refused(host, "DELETE", "/containers/" + own + "?force=1", "", majority);
    refused(host, "POST", "/networks/create", "{\"Name\":\"" + name + "\"}", majority);
    String reached = "cannot be reached now";
    refused(host, "POST", "/containers/" + elsewhere + "/stop", "", reached);
    refused(host, "GET", "/containers/" + elsewhere + "/logs?stdout=1", "", reached);
    refused(host, "POST", "/containers/" + elsewhere + "/exec", "{\"Cmd\":[\"true\"]}", reached);
    assertThat(fleet.docker(host).inspect("{{.Name}} {{.State.Running}}", own))
        .as("nothing has changed")
        .isEqualTo("/" + own + " true");
  }

  /** A host that is cut off may just be replacing its actors. */
  private void refused(int host, String method, String path, String body, String reason) {
    Api api = new Api(fleet.host(host).socket());
    AtomicReference<Api.Answer> last = new AtomicReference<>();
    Await.until(
        method + " " + path + " is answered by actors that are there",
        () -> {
          Api.Answer now = api.send(method, "/v1.50" + path, body);
          last.set(now);
          return !BEING_REPLACED.matcher(now.message()).find();
        });
    Api.Answer answer = Objects.requireNonNull(last.get());
    assertThat(answer.status()).as("%s %s: %s", method, path, answer).isEqualTo(503);
    assertThat(answer.message()).contains(reason);
  }

  @Test
  @Tag("slow")
  void aCallOnItsWayToAHostThatIsCutOffFails() {
    String there = running(2, "");
    Docker docker = fleet.docker(1);
    try (RunningCommand waiting = docker.start("wait {}", there);
        RunningCommand following = docker.start("logs -f {}", there);
        RunningCommand executing = docker.start("exec {} sleep 600", there)) {
      following.awaitOut("started");
      Await.until("it executes", () -> docker.ok("top {}", there).contains("sleep 600"));

      fleet.cut(2);

      assertThat(waiting.endInput().await().exit()).isNotZero();
      following.endInput().await();
      Output executed = executing.endInput().await();
      assertThat(executed.exit()).as("%s", executed).isNotZero();
    }
  }

  @Test
  @Tag("slow")
  void withoutAMajorityAllAnswerWhatTheyCan() {
    List<Integer> all = List.of(1, 2, 3);
    List<String> containers = all.stream().map(host -> running(host, "")).toList();

    fleet.cut(1);
    fleet.cut(2);

    for (int host : all) {
      String own = containers.get(host - 1);
      String elsewhere = containers.get(host % all.size());
      Docker docker = fleet.docker(host);
      Await.until("the others are lost", () -> status(docker, elsewhere).endsWith("Host lost"));
      answersWhatItCan(host, own);
      refuses(host, own, elsewhere);
    }

    fleet.heal();
    fleet.awaitTogether();

    check.consistent();
    for (int host : all) { // until the ledger's voters have agreed on a leader again
      String probe = Unique.name("probe");
      Await.until(
          "the majority is back",
          () -> fleet.docker(host).run("network create {}", probe).exit() == 0);
      fleet.docker(host).run("network rm {}", probe);
    }
    theOthersMayDoAnything(1, 2);
    theOthersMayDoAnything(3, 1);
  }
}
