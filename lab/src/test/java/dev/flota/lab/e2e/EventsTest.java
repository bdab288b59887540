package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the engine tells those who listen. */
@EndToEnd
class EventsTest {
  private static final String ACTION = "{{.Type}} {{.Action}}";

  private final Docker docker;
  private final String name = Unique.name("events");

  EventsTest(Docker docker) {
    this.docker = docker;
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  /** Of this moment to the nanosecond: "0s" would be the whole second before it. */
  private List<String> past(String filters, String format) {
    Instant now = Instant.now();
    return docker
        .run(
            "events --since 10m --until {}.{} " + filters + " --format {}",
            now.getEpochSecond(),
            "%09d".formatted(now.getNano()),
            format)
        .exited(0)
        .lines();
  }

  private List<String> ofTheContainer(String filters) {
    return past("--filter container=" + name + " " + filters, ACTION);
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
    docker.ok("start {}", name);
    docker.ok("stop -t 0 {}", name);
    docker.ok("rename {} {}x", name, name);
    docker.ok("rename {}x {}", name, name);
    docker.ok("rm {}", name);

    List<String> actions =
        ofTheContainer("--filter type=container").stream()
            .map(line -> line.replaceFirst("^container ", "").replaceFirst(": .*", ""))
            .filter(action -> !action.equals("attach"))
            .toList();
    assertThat(actions)
        .startsWith(
            "create",
            "start",
            "exec_create",
            "exec_start",
            "exec_die",
            "pause",
            "unpause",
            "kill",
            "die",
            "start",
            "kill")
        .endsWith("rename", "rename", "destroy")
        .containsOnlyOnce("stop");
    assertThat(ofTheContainer("--filter event=die")).containsOnly("container die").hasSize(2);
    assertThat(ofTheContainer("--filter event=create --filter event=destroy"))
        .containsExactly("container create", "container destroy");
    assertThat(ofTheContainer("--filter type=image")).isEmpty();
  }

  @Test
  void tellAttributes() {
    docker.run("run --name {} --label colour=red busybox sh -c {}", name, "exit 5").exited(5);

    String format =
        "{{with .Actor.Attributes}}{{.exitCode}} {{.image}} {{.name}} {{.colour}}{{end}}";
    Await.until(
        "its end is told",
        () ->
            past("--filter event=die --filter container=" + name, format)
                .equals(List.of("5 busybox " + name + " red")));
    assertThat(ofTheContainer("--filter label=colour=red")).isNotEmpty();
    assertThat(ofTheContainer("--filter label=colour=blue")).isEmpty();
  }

  @Test
  void comeAsTheyHappen() {
    try (RunningCommand events =
        docker.start("events --filter container={} --format {}", name, "{{.Action}}")) {
      // Listening is who hears: until then, more containers of this name.
      Await.until(
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
    docker.ok("run --rm -v {}:/data busybox true", volume);
    docker.ok("volume rm {}", volume);
    docker.ok("tag busybox {}:1", name);
    docker.ok("rmi {}:1", name);
    String container = docker.ok("run -d --name {} busybox true", name);

    assertThat(past("--filter volume=" + volume, ACTION))
        .containsExactly("volume create", "volume mount", "volume unmount", "volume destroy");
    assertThat(past("--filter type=image", "{{.Action}} {{.Actor.Attributes.name}}"))
        .contains("tag " + name + ":1");
    assertThat(past("--filter type=image", "{{.Action}}")).contains("untag");
    assertThat(past("--filter type=network", "{{.Action}} {{.Actor.Attributes.container}}"))
        .contains("connect " + container);
  }

  @Test
  void tellOfVolumesThatComeAndGoByThemselves() {
    String volume = Unique.name("volume");
    docker.ok("run --rm -v {}:/data -v /anonymous --name {} busybox true", volume, name);
    docker.ok("volume create {}", volume);
    docker.ok("volume rm {}", volume);
    docker.ok("volume rm -f {}", volume);

    assertThat(past("--filter volume=" + volume, ACTION + " {{.Actor.Attributes.driver}}"))
        .containsExactly(
            "volume create local",
            "volume mount local",
            "volume unmount local",
            "volume destroy local");
    docker.ok("create -v /anonymous --name {} busybox", name);
    String anonymous = docker.inspect("{{(index .Mounts 0).Name}}", name);
    docker.ok("rm -v {}", name);
    assertThat(past("--filter volume=" + anonymous, ACTION))
        .containsExactly("volume create", "volume destroy");
  }

  @Test
  void tellOfAPruneOfVolumes() {
    String volume = Unique.name("volume");
    docker.ok("volume create --label {} {}", name, volume);
    docker.ok("volume prune -af --filter label={}", name);

    assertThat(past("--filter volume=" + volume, ACTION))
        .containsExactly("volume create", "volume destroy");
    assertThat(past("--filter event=prune --filter type=volume", "{{.Actor.Attributes.reclaimed}}"))
        .contains("0");
  }

  @Test
  void outOfMemoryIsTold() {
    docker.run("run --name {} -m 16m --memory-swap 16m busybox tail /dev/zero", name).exited(137);

    assertThat(ofTheContainer("--filter event=oom")).containsExactly("container oom");
  }
}
