package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Api;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Terminal;
import dev.flota.lab.harness.Unique;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever follows a container goes on to do so while it moves, whichever host he has asked. */
@FleetEndToEnd
class FollowedThroughMovesTest {
  private static final String ON_1 = " -e constraint:node==host-1 ";
  private static final List<String> AROUND = List.of("host-2", "host-3", "host-1");

  /** Counts until it is told to end. */
  private static final String COUNT =
      "trap 'exit 7' TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done";

  private final FleetLab fleet;
  private final Docker docker;
  private final Api api;
  private final String name = Unique.name("followed");

  FollowedThroughMovesTest(FleetLab fleet) {
    this.fleet = fleet;
    docker = fleet.docker(1);
    api = new Api(fleet.host(1).socket());
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  @AfterEach
  void remove() {
    docker.run("rm -f -v {}", name);
  }

  private void moveTo(String host) {
    Api.Answer answer = api.send("POST", "/containers/" + name + "/teleport?host=" + host);
    assertThat(answer.body()).contains("\"phase\":\"done\"");
    Await.until("it is known", () -> docker.inspect("{{.Node.Name}}", name).equals(host));
  }

  private void moveAround() {
    AROUND.forEach(this::moveTo);
  }

  private static void assertCounts(String lines) {
    List<String> all = lines.lines().toList();
    int first = Integer.parseInt(all.getFirst());
    assertThat(all)
        .containsExactlyElementsOf(
            IntStream.range(first, first + all.size()).mapToObj(Integer::toString).toList());
  }

  @Test
  void logsAttachmentsWaitsAndEventsOfAllHosts() {
    docker.ok("run -d --name {}" + ON_1 + "busybox sh -c {}", name, COUNT);
    fleet
        .dockers()
        .forEach(
            each -> Await.until("it is known", () -> each.run("inspect {}", name).exit() == 0));
    List<RunningCommand> logs =
        fleet.dockers().stream().map(each -> each.start("logs -f {}", name)).toList();
    List<RunningCommand> attached =
        fleet.dockers().stream()
            .map(each -> each.start("attach --no-stdin --sig-proxy=false {}", name))
            .toList();
    List<RunningCommand> waits =
        fleet.dockers().stream().map(each -> each.start("wait {}", name)).toList();
    RunningCommand events =
        fleet
            .docker(3)
            .start(
                "events --since 10m --filter container={} --format {}",
                name,
                "{{.Action}} {{.Actor.Attributes.to}}");
    attached.forEach(each -> Await.until("it says something", () -> !each.out().isEmpty()));
    logs.forEach(each -> each.awaitOut("1\n"));

    moveAround();
    docker.ok("stop {}", name);

    String whole = docker.run("logs {}", name).exited(0).out();
    assertThat(whole).startsWith("1\n");
    assertCounts(whole);
    for (RunningCommand each : logs) {
      assertThat(each.await().exited(0).out()).isEqualTo(whole);
    }
    for (RunningCommand each : attached) {
      String seen = each.await().exited(7).out();
      assertCounts(seen);
      assertThat(whole).endsWith(seen);
    }
    waits.forEach(each -> assertThat(each.await().exited(0).text()).isEqualTo("7"));
    for (String host : AROUND) {
      events.awaitOut("teleport_commit " + host);
    }
    events.close();
  }

  /**
   * What is typed while it moves arrives once; the first host that is asked is left and met again.
   */
  @Test
  void inputGoesOn() {
    String number = "n=0; while read line; do n=$((n+1)); echo $n $line; done; exit 5";
    try (RunningCommand run =
        fleet.docker(2).start("run -i --name {}" + ON_1 + "busybox sh -c {}", name, number)) {
      int lines = 0;
      run.type(line(++lines)).awaitOut("1 line1\n");
      for (String host : AROUND) {
        Thread moving = Thread.startVirtualThread(() -> moveTo(host));
        while (moving.isAlive()) {
          run.type(line(++lines));
          run.awaitOut(lines - 1 + " line");
        }
      }
      run.endInput();

      List<String> said = run.await().exited(5).lines();
      assertThat(said)
          .containsExactlyElementsOf(
              IntStream.rangeClosed(1, lines).mapToObj(n -> n + " line" + n).toList());
    }
  }

  /** Three times what a pipe holds: some of it is in conmon's hands, some was not even sent. */
  @Test
  void inputThatNobodyHasReadComesAlong() {
    byte[] input = "0123456789abcdef".repeat(1 << 15).getBytes(StandardCharsets.UTF_8);
    String later = "while [ ! -e /go ]; do usleep 20000; done; md5sum; echo end";
    try (RunningCommand run =
        docker.start("run -i --name {}" + ON_1 + "busybox sh -c {}", name, later)) {
      Thread typing = Thread.startVirtualThread(() -> run.type(input).endInput());
      Await.until(
          "it runs",
          () -> docker.run("inspect -f {} {}", "{{.State.Running}}", name).text().equals("true"));
      moveTo("host-2");
      moveTo("host-3");
      docker.ok("exec {} touch /go", name);

      assertThat(run.await().exited(0).lines()).containsExactly(md5(input) + "  -", "end");
      assertThat(typing.isAlive()).isFalse();
    }
  }

  private static String md5(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] line(int number) {
    return ("line" + number + "\n").getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aTerminalGoesOn() {
    try (Terminal terminal =
        fleet.docker(3).terminal("run -it --name {}" + ON_1 + "busybox sh", name)) {
      terminal.await("/ # ").enter("word=kept$((40+2))").await("/ # ");
      awaitSize(terminal, "24 80");
      terminal.resize(41, 132);
      awaitSize(terminal, "41 132");
      for (String host : AROUND) {
        moveTo(host);
        terminal.enter("echo $word on $(stty size) $((1+1))").await("kept42 on 41 132 2");
      }
      terminal.enter("exit 3");
      assertThat(terminal.awaitExit()).isEqualTo(3);
    }
  }

  /** The size travels on its own request. */
  private static void awaitSize(Terminal terminal, String size) {
    terminal
        .enter(
            "until [ \"$(stty size)\" = '" + size + "' ]; do usleep 20000; done; echo is$((6*7))")
        .await("is42")
        .await("/ # ");
  }

  @Test
  void aMoveThatFailsIsNotNoticed() {
    docker.ok("run -d --name {}" + ON_1 + "busybox sh -c {}", name, COUNT);
    try (RunningCommand attached = docker.start("attach --no-stdin --sig-proxy=false {}", name)) {
      Await.until("it says something", () -> !attached.out().isEmpty());
      fleet
          .host(2)
          .ok("mount -o remount,size=$(($(df --output=used -B1 /run | tail -1) + 1)) /run");
      try {
        assertThat(
                api.send("POST", "/containers/" + name + "/teleport?host=host-2&mode=postcopy")
                    .body())
            .contains("No space left on device");
      } finally {
        fleet.host(2).ok("mount -o remount,size=50% /run");
      }
      docker.ok("stop {}", name);
      String seen = attached.await().exited(7).out();
      assertCounts(seen);
      assertThat(docker.run("logs {}", name).exited(0).out()).endsWith(seen);
    }
  }
}
