package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Unique;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Containers that may start elsewhere once their host is lost, and never before. */
@FleetEndToEnd
@Tag("faults")
class RescheduleTest {
  private static final String MOVES = "--label flota.reschedule=true --restart always ";

  private static final String FOR_LIFE =
      "{{.Id}}{{range .NetworkSettings.Networks}} {{.IPAddress}} {{.MacAddress}}{{end}}";

  private final FleetLab fleet;
  private final FleetCheck check;
  private final String name = Unique.name("moves");

  RescheduleTest(FleetLab fleet) {
    this.fleet = fleet;
    this.check = new FleetCheck(fleet);
  }

  @BeforeEach
  void images() {
    fleet.dockers().forEach(docker -> docker.need("busybox"));
  }

  /** On host-3 by preference, which does not hold it there; returns once all know that it runs. */
  private String running(String word, String options) {
    String container = name + "-" + word;
    Docker docker = fleet.docker(3);
    docker.ok(
        "run -d --name {} -e constraint:node==~host-3 " + options + " busybox sleep 600",
        container);
    for (Docker any : fleet.dockers()) {
      Await.until("it is known to run", () -> state(any, container).equals("true host-3"));
    }
    return container;
  }

  private static String state(Docker docker, String container) {
    return docker.run("inspect -f {} {}", "{{.State.Running}} {{.Node.Name}}", container).text();
  }

  /** Whether a host has a process of the container, whatever anybody tells. */
  private static boolean runs(LabHost host, String id) {
    return host.shell("pgrep -f '^[^ ]*conmon .*-c " + id + "'").exit() == 0;
  }

  private String id(String container) {
    return fleet.docker(1).inspect("{{.Id}}", container);
  }

  private void awaitElsewhere(String container) {
    for (int other : List.of(1, 2)) {
      Docker docker = fleet.docker(other);
      Await.until(
          container + " runs elsewhere",
          () -> docker.ok("ps -a"),
          () -> state(docker, container).matches("true host-[12]"));
    }
  }

  private List<LabHost> where(String id) {
    return fleet.hosts().stream().filter(host -> runs(host, id)).toList();
  }

  private void runsOnce(String id) {
    assertThat(where(id)).hasSize(1);
  }

  @Test
  void aHostThatDiedIsReplaced() {
    String moving = running("moving", MOVES + "-p 18420:80");
    String life = fleet.docker(1).inspect(FOR_LIFE, moving);

    fleet.kill(3);
    awaitElsewhere(moving);

    for (int other : List.of(1, 2)) {
      assertThat(fleet.docker(other).inspect(FOR_LIFE, moving)).isEqualTo(life);
      assertThat(fleet.docker(other).ok("exec {} echo works", moving)).isEqualTo("works");
    }

    fleet.start(3);
    fleet.awaitTogether();

    check.consistent();
    runsOnce(id(moving));
    assertThat(state(fleet.docker(3), moving)).matches("true host-[12]");
    assertThat(fleet.docker(3).ok("exec {} echo works", moving)).isEqualTo("works");
  }

  @Test
  void aHostThatIsCutOffGivesUpBeforeOthersStart() {
    String moving = running("moving", MOVES);
    String staying = running("staying", "--restart always");
    String id = id(moving);
    String stayingId = id(staying);

    fleet.cut(3);
    Await.until(
        "it runs elsewhere",
        () -> {
          boolean elsewhere = runs(fleet.host(1), id) || runs(fleet.host(2), id);
          assertThat(elsewhere && runs(fleet.host(3), id)).as("it runs twice").isFalse();
          return elsewhere;
        });
    awaitElsewhere(moving);
    assertThat(runs(fleet.host(3), stayingId)).as("what may not move runs on").isTrue();

    fleet.heal();
    fleet.awaitTogether();

    check.consistent();
    runsOnce(id);
    assertThat(state(fleet.docker(3), moving)).matches("true host-[12]");
    assertThat(state(fleet.docker(1), staying)).isEqualTo("true host-3");
  }

  @Test
  @Tag("slow")
  void onlyWhatIsLabelledAndHasNoVolumeMoves() {
    String moving = running("moving", MOVES);
    List<String> staying =
        List.of(
            running("plain", "--restart always"),
            running("once", "--label flota.reschedule=true"),
            running("volume", MOVES + "-v " + name + ":/data"));
    String stopped = running("stopped", "--label flota.reschedule=true --restart unless-stopped");
    fleet.docker(3).ok("stop -t 0 {}", stopped);
    Await.until("its end is known", () -> state(fleet.docker(1), stopped).equals("false host-3"));

    fleet.kill(3);
    awaitElsewhere(moving);

    for (int other : List.of(1, 2)) {
      staying.forEach(
          container -> assertThat(state(fleet.docker(other), container)).isEqualTo("true host-3"));
      assertThat(state(fleet.docker(other), stopped)).isEqualTo("false host-3");
    }

    fleet.start(3);
    fleet.awaitTogether();
    check.consistent();
  }

  /**
   * A daemon whose start takes longer than the lease lasts finds its container elsewhere, one that
   * is back just then starts it again: what is told of it before that is of the time before.
   */
  @Test
  @Tag("slow")
  void aDaemonThatIsKilledDoublesNothing() {
    String moving = running("moving", MOVES);
    String id = id(moving);

    fleet.killDaemon(3);
    fleet.start(3);
    fleet.awaitTogether();

    Await.until(
        "all know the one host where it runs",
        () -> fleet.docker(1).ok("ps -a"),
        () -> {
          List<LabHost> at = where(id);
          assertThat(at).as("where it runs").hasSizeLessThan(2);
          return at.size() == 1
              && check.consistent().stream()
                  .filter(FleetCheck.Seen::hasProcess)
                  .anyMatch(
                      seen -> seen.id().equals(id) && seen.host().equals(at.getFirst().name()));
        });
    runsOnce(id);
  }

  @Test
  @Tag("slow")
  void withoutAMajorityNothingStartsAnywhere() {
    String moving = running("moving", MOVES);
    String id = id(moving);

    fleet.cut(1);
    fleet.cut(3);
    for (int other : List.of(1, 2)) {
      Docker docker = fleet.docker(other);
      Await.until(
          "its host is lost",
          () ->
              docker
                  .ok("ps -a --filter name={} --format {}", moving, "{{.Status}}")
                  .equals("Host lost"));
      assertThat(runs(fleet.host(other), id)).isFalse();
    }

    fleet.heal();
    fleet.awaitTogether();

    check.consistent();
    Await.until("it runs again", () -> state(fleet.docker(1), moving).startsWith("true"));
    runsOnce(id);
  }
}
