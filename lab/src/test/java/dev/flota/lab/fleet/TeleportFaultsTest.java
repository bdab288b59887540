package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Daemons are killed while a container moves: it runs once, with its memory. */
@FleetEndToEnd
@Tag("faults")
@Tag("slow")
class TeleportFaultsTest {
  private static final int FAULTS = Integer.getInteger("flota.teleport.faults", 4);
  private static final int LONGEST_MOVE_MILLIS = 700;

  /** Counts, and tells how far it is. */
  private static final String COUNT = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done";

  private final FleetLab fleet;
  private final String name = Unique.name("moved");
  private final Traveller traveller;

  TeleportFaultsTest(FleetLab fleet) {
    this.fleet = fleet;
    traveller = new Traveller(fleet, name);
  }

  @AfterEach
  void remove() {
    fleet.awaitTogether();
    fleet.docker(1).run("rm -f {}", name);
  }

  @Test
  void whicheverDaemonDiesItRunsOnceAndForgetsNothing() {
    long seed = Long.getLong("flota.seed", System.nanoTime());
    System.out.println("faults in teleports: -Dflota.seed=" + seed);
    Random random = new Random(seed);
    fleet.docker(1).need("busybox");
    fleet.docker(1).ok("run -d --name {} -e constraint:node==host-1 busybox sh -c {}", name, COUNT);
    for (int fault = 0; fault < FAULTS; fault++) {
      int from = traveller.holder();
      int to = from % fleet.hosts().size() + 1;
      int killed = random.nextBoolean() ? from : to;
      int delay = random.nextInt(LONGEST_MOVE_MILLIS);
      System.out.printf(
          "fault %d: host-%d to host-%d, the daemon of host-%d is killed after %d ms%n",
          fault, from, to, killed, delay);
      try (RunningCommand move =
          fleet
              .host(6 - from - to)
              .start(
                  "curl -sN -X POST --unix-socket /run/flota/flota.sock"
                      + " http://flota/containers/"
                      + name
                      + "/teleport?host=host-"
                      + to)) {
        LockSupport.parkNanos(Duration.ofMillis(delay).toNanos());
        fleet.killDaemon(killed);
        move.await();
      }
      fleet.start(killed);
      fleet.awaitTogether();
      awaitCounting();
    }
  }

  /** They are known by what they are: this daemon has not begun them. */
  @Test
  void processesOfExecKeepItAlsoAfterItsDaemonWasKilled() {
    Docker docker = fleet.docker(1);
    docker.need("busybox");
    docker.ok("run -d --name {} -e constraint:node==host-1 busybox sh -c {}", name, COUNT);
    docker.ok("exec -d {} sleep 1000", name);
    fleet.killDaemon(1);
    fleet.start(1);
    fleet.awaitTogether();

    assertThat(traveller.refusal("host-2", "auto"))
        .contains("cannot come along: sleep 1000 (process ");
    docker.flota("teleport {} host-2 --kill-execs", name).await().exited(0);
    assertThat(docker.ok("top {}", name)).doesNotContain("sleep 1000");
    assertThat(traveller.holders()).containsExactly("host-2");
  }

  private void awaitCounting() {
    int host = traveller.holder();
    Docker docker = fleet.docker(host);
    Await.until(
        "it is known to run",
        () -> docker.run("inspect -f {} {}", "{{.State.Status}}", name).text(),
        () -> docker.run("inspect -f {} {}", "{{.State.Status}}", name).text().equals("running"));
    traveller.awaitCounting(docker, 1);
    assertThat(docker.inspect("{{.RestartCount}}", name)).isEqualTo("0");
    long running =
        fleet.hosts().stream()
            .filter(
                each -> !each.shell("cat /sys/fs/cgroup/pids/flota/*/cgroup.procs").out().isBlank())
            .count();
    assertThat(running).as("hosts with processes of containers").isEqualTo(1);
  }
}
