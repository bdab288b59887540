package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.lab.harness.Api;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Unique;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Daemons and whole hosts that end without a word, one of them or all at once. */
@FleetEndToEnd
@Tag("faults")
@Tag("slow")
class KillTest {
  private static final List<Integer> HOSTS = List.of(1, 2, 3);

  /** What is a container's for life. */
  private static final String FOR_LIFE =
      "{{.Id}} {{.Node.Name}}{{range .NetworkSettings.Networks}} {{.IPAddress}} {{.MacAddress}}{{end}}";

  private static final String PROCESS =
      "{{.State.Pid}} {{.State.StartedAt}} {{.State.Status}} {{.RestartCount}}";

  private final FleetLab fleet;
  private final FleetCheck check;
  private final String name = Unique.name("kill");
  private final String network = name + "-net";

  KillTest(FleetLab fleet) {
    this.fleet = fleet;
    this.check = new FleetCheck(fleet);
  }

  @BeforeEach
  void images() {
    fleet.dockers().forEach(docker -> docker.need("busybox"));
    fleet.docker(1).ok("network create {}", network);
    for (Docker docker : fleet.dockers()) {
      Await.until(
          "the network is known", () -> docker.run("network inspect {}", network).exit() == 0);
    }
  }

  private String running(int host, String word, String options) {
    String container = name + "-" + word + "-" + host;
    fleet
        .docker(host)
        .ok(
            "run -d --name {} --network {} -e constraint:node=={} "
                + options
                + " busybox sleep 600",
            container,
            network,
            fleet.host(host).name());
    return container;
  }

  private void awaitKnown(String container) {
    for (Docker docker : fleet.dockers()) {
      Await.until(
          "it is known to run",
          () ->
              docker
                  .run("inspect -f {} {}", "{{.State.Running}}", container)
                  .text()
                  .equals("true"));
    }
  }

  private Map<String, String> identities() {
    Map<String, String> ids = new HashMap<>();
    for (JsonNode host : new Api(fleet.host(1).socket()).send("GET", "/fleet/hosts").json()) {
      ids.put(host.path("Name").asText(), host.path("ID").asText());
    }
    return ids;
  }

  private long process(int host, String container) {
    return Long.parseLong(fleet.docker(host).inspect("{{.State.Pid}}", container));
  }

  private boolean pings(int host, String from, String to) {
    return fleet.docker(host).run("exec {} ping -c 1 -W 2 {}", from, to).exit() == 0;
  }

  private void worksFromAll(String container) {
    for (Docker docker : fleet.dockers()) {
      assertThat(docker.ok("exec {} echo works", container)).isEqualTo("works");
    }
  }

  @Test
  void containersOutliveTheirDaemon() {
    String kept = running(2, "kept", "--restart always");
    String client = running(1, "client", "");
    awaitKnown(kept);
    Await.until("it is reached", () -> pings(1, client, kept));
    String address =
        fleet.docker(1).inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", kept);
    String before = fleet.docker(2).inspect(PROCESS, kept);
    long process = process(2, kept);

    fleet.killDaemon(2);

    for (int other : List.of(1, 3)) {
      Await.until(
          "its daemon is missed",
          () ->
              !fleet
                  .docker(other)
                  .ok("ps --filter name={} --format {}", kept, "{{.Status}}")
                  .startsWith("Up"));
    }
    assertThat(fleet.host(2).isRunning(process)).isTrue();
    assertThat(pings(1, client, address)).as("its network goes on").isTrue();
    fleet.docker(3).ok("run --rm busybox true");

    fleet.start(2);
    fleet.awaitTogether();

    assertThat(fleet.docker(2).inspect(PROCESS, kept)).isEqualTo(before);
    worksFromAll(kept);
    Await.until("names work too", () -> pings(1, client, kept));
    check.consistent();
  }

  @Test
  void theLeadersHostComesBackWithWhatItHad() {
    comesBackWithWhatItHad(HOSTS.stream().filter(this::leads).findFirst().orElseThrow());
  }

  @Test
  void anotherHostComesBackWithWhatItHad() {
    comesBackWithWhatItHad(HOSTS.stream().filter(host -> !leads(host)).findFirst().orElseThrow());
  }

  private void comesBackWithWhatItHad(int lost) {
    int other = lost % HOSTS.size() + 1;
    String returning = running(lost, "returning", "--restart always");
    String ending = running(lost, "ending", "");
    String stopped = running(lost, "stopped", "--restart unless-stopped");
    String elsewhere = running(other, "elsewhere", "");
    fleet.docker(lost).ok("stop -t 0 {}", stopped);
    List.of(returning, ending, elsewhere).forEach(this::awaitKnown);
    String life = fleet.docker(lost).inspect(FOR_LIFE, returning);
    Map<String, String> identities = identities();

    fleet.kill(lost);

    for (int asked : HOSTS) {
      if (asked != lost) {
        Docker docker = fleet.docker(asked);
        docker.ok(
            "run --rm -e constraint:node==~host-{} busybox true", lost); // it may be tried first
        docker.ok("network create {}", network + asked);
        docker.ok("network rm {}", network + asked);
        assertThat(docker.ok("exec {} echo works", elsewhere)).isEqualTo("works");
        Await.until(
            "its host is lost",
            () ->
                docker
                    .ok("ps --filter name={} --format {}", returning, "{{.State}} {{.Status}}")
                    .equals("running Host lost"));
      }
    }

    fleet.start(lost);
    fleet.awaitTogether();

    check.consistent();
    assertThat(identities()).isEqualTo(identities);
    awaitLife(other, returning, life);
    worksFromAll(returning);
    for (Docker docker : fleet.dockers()) {
      assertThat(docker.inspect("{{.State.Status}} {{.State.ExitCode}}", ending))
          .isEqualTo("exited 255");
      assertThat(docker.inspect("{{.State.Status}}", stopped)).isEqualTo("exited");
    }
    Await.until("its network works", () -> pings(other, elsewhere, returning));
  }

  /** A host answers before all that always runs there has been started again. */
  private void awaitLife(int asked, String container, String life) {
    Docker docker = fleet.docker(asked);
    Await.until(
        "it is what it was",
        () -> life + " was " + docker.inspect(FOR_LIFE, container),
        () -> docker.inspect(FOR_LIFE, container).equals(life));
  }

  private boolean leads(int host) {
    Await.until("the ledger has a leader", () -> fleet.leader(1).isPresent());
    return fleet.leader(1).getAsInt() == host;
  }

  @Test
  void allDaemonsAtOnce() {
    List<String> containers = HOSTS.stream().map(host -> running(host, "kept", "")).toList();
    List<String> before = new ArrayList<>();
    HOSTS.forEach(
        host -> before.add(fleet.docker(host).inspect(PROCESS, containers.get(host - 1))));

    fleet.killDaemon(1, 2, 3);
    fleet.start(1, 2, 3);
    fleet.awaitTogether();

    HOSTS.forEach(
        host ->
            assertThat(fleet.docker(host).inspect(PROCESS, containers.get(host - 1)))
                .isEqualTo(before.get(host - 1)));
    allIsThere(containers);
  }

  @Test
  void allHostsAtOnce() {
    List<String> containers =
        HOSTS.stream().map(host -> running(host, "returning", "--restart always")).toList();
    String ending = running(2, "ending", "");
    // Its port is nobody's while it is stopped: to start it again the fleet has to be asked.
    String asking = running(1, "asking", "--restart always -p 80");
    fleet.docker(1).ok("stop -t 0 {}", asking);
    List<String> lives = new ArrayList<>();
    HOSTS.forEach(
        host -> lives.add(fleet.docker(host).inspect(FOR_LIFE, containers.get(host - 1))));
    Map<String, String> identities = identities();

    fleet.kill(1, 2, 3);
    assertThat(fleet.hosts()).noneMatch(LabHost::answers);
    fleet.start(1);
    Await.until(
        "it waits for the others",
        () -> statusOf(asking),
        () -> statusOf(asking).startsWith("Restarting"));
    fleet.start(2, 3);
    fleet.awaitTogether();

    assertThat(identities()).isEqualTo(identities);
    Await.until("it runs again", () -> statusOf(asking), () -> statusOf(asking).startsWith("Up"));
    HOSTS.forEach(host -> awaitLife(host, containers.get(host - 1), lives.get(host - 1)));
    allIsThere(containers);
    assertThat(fleet.docker(3).inspect("{{.State.Status}} {{.State.ExitCode}}", ending))
        .isEqualTo("exited 255");
  }

  private String statusOf(String container) {
    return fleet.docker(1).ok("ps -a --filter name={} --format {}", container, "{{.Status}}");
  }

  private void allIsThere(List<String> containers) {
    check.consistent();
    containers.forEach(this::worksFromAll);
    for (int host : HOSTS) {
      Docker docker = fleet.docker(host);
      String own = containers.get(host - 1);
      String next = containers.get(host % HOSTS.size());
      Await.until(
          "names and networks work",
          () -> docker.run("exec {} ping -c 1 -W 2 {}", own, next).toString(),
          () -> pings(host, own, next));
      assertThat(docker.run("create --name {} busybox", next).exited(1).err())
          .contains("is already in use");
      assertThat(docker.run("network create {}", network).exited(1).err())
          .contains("already exists");
      docker.ok("run --rm --network {} busybox true", network);
    }
  }
}
