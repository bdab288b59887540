package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the engine tells those who listen. */
@EndToEnd
@Tag("unproven") // not seen whole and green yet: run by ./flota test unproven
class EventsTest {
  private final Docker docker;
  private final String name = Unique.name("events");

  EventsTest(Docker docker) {
    this.docker = docker;
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  private List<String> past(String filters) {
    return docker
        .run(
            "events --since 10m --until 0s --filter container={} " + filters + " --format {}",
            name,
            "{{.Type}} {{.Action}}")
        .exited(0)
        .lines();
  }

  @Test
  void tellTheWholeLife() {
    docker.ok("create --name {} busybox sleep 600", name);
    docker.ok("start {}", name);
    docker.ok("exec {} true", name);
    docker.ok("pause {}", name);
    docker.ok("unpause {}", name);
    docker.ok("kill {}", name);
    docker.ok("wait {}", name);
    docker.ok("rename {} {}x", name, name);
    docker.ok("rename {}x {}", name, name);
    docker.ok("rm {}", name);

    List<String> container =
        past("--filter type=container").stream()
            .map(line -> line.replaceFirst(": .*", ""))
            .toList();
    assertThat(container)
        .containsSubsequence(
            "container create",
            "container start",
            "container exec_create",
            "container exec_start",
            "container exec_die",
            "container pause",
            "container unpause",
            "container kill",
            "container die",
            "container rename",
            "container destroy");
    assertThat(past("--filter event=die")).containsExactly("container die");
    assertThat(past("--filter event=start --filter event=destroy"))
        .containsExactly("container start", "container destroy");
    assertThat(past("--filter type=image")).isEmpty();
  }

  @Test
  void tellAttributes() {
    docker.run("run --name {} --label colour=red busybox sh -c {}", name, "exit 5").exited(5);

    assertThat(
            docker.ok(
                "events --since 10m --until 0s --filter container={} --filter event=die --format {}",
                name,
                "{{.Actor.Attributes.exitCode}} {{.Actor.Attributes.image}} {{.Actor.Attributes.name}} {{.Actor.Attributes.colour}}"))
        .isEqualTo("5 busybox " + name + " red");
    assertThat(
            docker
                .run(
                    "events --since 10m --until 0s --filter label=colour=red --filter container={}",
                    name)
                .exited(0)
                .lines())
        .isNotEmpty();
    assertThat(
            docker
                .run(
                    "events --since 10m --until 0s --filter label=colour=blue --filter container={}",
                    name)
                .exited(0)
                .lines())
        .isEmpty();
  }

  @Test
  void comeAsTheyHappen() {
    try (RunningCommand events =
        docker.start("events --filter container={} --format {}", name, "{{.Action}}")) {
      // Listening is who hears: until then, more containers of this name.
      dev.flota.lab.harness.Await.until(
          "an event is heard",
          () -> {
            docker.ok("run --rm --name {} busybox true", name);
            return events.out().contains("start\n");
          });
      events.awaitOut("die\n");
    }
  }

  @Test
  void tellOfVolumesNetworksAndImages() {
    String volume = Unique.name("volume");
    docker.ok("volume create {}", volume);
    docker.ok("volume rm {}", volume);
    docker.ok("tag busybox {}:1", volume);
    docker.ok("rmi {}:1", volume);

    assertThat(
            docker
                .run(
                    "events --since 10m --until 0s --filter volume={} --format {}",
                    volume,
                    "{{.Type}} {{.Action}}")
                .exited(0)
                .lines())
        .containsExactly("volume create", "volume destroy");
    assertThat(
            docker
                .run(
                    "events --since 10m --until 0s --filter type=image --format {}",
                    "{{.Action}} {{.Actor.Attributes.name}}")
                .exited(0)
                .lines())
        .contains("tag " + volume + ":1");
  }

  @Test
  void outOfMemoryIsTold() {
    docker.run("run --name {} -m 16m --memory-swap 16m busybox tail /dev/zero", name).exited(137);

    assertThat(past("--filter event=oom")).containsExactly("container oom");
  }
}
