package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Api;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.OddRegistry;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Images and volumes of several hosts are those of one engine. */
@FleetEndToEnd
class GoodsOfTheFleetTest {
  /** Its two layers are in no other image. */
  private static final String IMAGE = "redis:latest";

  private final FleetLab fleet;
  private final String name = Unique.name("goods");

  GoodsOfTheFleetTest(FleetLab fleet) {
    this.fleet = fleet;
  }

  /** A registry for each host, all of them with the same content. */
  private final class Registries implements AutoCloseable {
    private final List<OddRegistry> registries = new ArrayList<>();

    Registries() {
      fleet.hosts().forEach(host -> registries.add(OddRegistry.start(host)));
    }

    String image(int host) {
      return registries.get(host - 1).image("plain", IMAGE);
    }

    /** How often each blob was fetched, from whichever registry. */
    Map<String, Long> fetched() {
      return registries.stream()
          .flatMap(registry -> registry.requests("plain").stream())
          .filter(request -> request.startsWith("GET ") && request.contains("/blobs/"))
          .map(request -> request.substring(request.lastIndexOf('/') + 1))
          .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    @Override
    public void close() {
      registries.forEach(OddRegistry::close);
    }
  }

  /** By all its names; what a host has got this moment only itself knows of for certain. */
  private void forget(String image) {
    Docker first = fleet.docker(1);
    String all = first.hasImage(image) ? first.inspect("{{.Id}}", image) : image;
    Await.until(
        "the image is gone",
        () -> {
          List<Docker> having =
              fleet.dockers().stream().filter(docker -> docker.hasImage(all)).toList();
          having.forEach(docker -> docker.run("rmi -f " + all));
          return having.isEmpty();
        });
  }

  private void assertThatEachLayerWasFetchedOnce(Registries registries) {
    Map<String, Long> fetched = registries.fetched();
    String configuration = fleet.docker(1).inspect("{{.Id}}", registries.image(1));
    fetched.remove(configuration);
    assertThat(fetched).isNotEmpty().allSatisfy((layer, times) -> assertThat(times).isEqualTo(1));
  }

  @Test
  void pullsOnAllHostsAtOnceFetchEachLayerOnce() {
    forget(IMAGE);
    try (Registries registries = new Registries()) {
      List<RunningCommand> pulls = new ArrayList<>();
      for (int host = 1; host <= 3; host++) {
        pulls.add(fleet.docker(host).start("pull -q " + registries.image(host)));
      }
      pulls.forEach(pull -> pull.endInput().await().exited(0));

      assertThatEachLayerWasFetchedOnce(registries);
      Await.until(
          "host-2 knows that all have it",
          () -> hostsWith(registries.image(1)).toString(),
          () -> hostsWith(registries.image(1)).equals(List.of("host-1", "host-2", "host-3")));
      forget(registries.image(1));
    }
  }

  /** It has the image when the pull ends, wherever the container is then made. */
  @Test
  void whatRunPullsIsThereForAnotherHostAtOnce() {
    forget(IMAGE);
    fleet
        .docker(1)
        .run("run --rm -e constraint:node=={} {} true", fleet.host(3).name(), IMAGE)
        .exited(0);
  }

  @Test
  void aPullOnASecondHostTakesTheLayersFromTheFirst() {
    forget(IMAGE);
    try (Registries registries = new Registries()) {
      fleet.docker(1).ok("pull -q " + registries.image(1));
      fleet.docker(2).ok("pull -q " + registries.image(2));

      assertThatEachLayerWasFetchedOnce(registries);
      forget(registries.image(1));
    }
  }

  @Test
  void aContainersImageComesFromAnotherHostWithItsDigest() {
    forget(IMAGE);
    try (Registries registries = new Registries()) {
      String image = registries.image(1);
      fleet.docker(1).ok("pull -q " + image);
      String digests = fleet.docker(1).inspect("{{.RepoDigests}}", image);
      Await.until("the image is known", () -> fleet.docker(2).hasImage(image));

      fleet.docker(2).ok("create --name " + name + " -e constraint:node==host-3 " + image);

      assertThat(hostsWith(image)).containsExactly("host-1", "host-3");
      assertThat(digests).contains("@sha256:");
      String id = fleet.docker(1).inspect("{{.Id}}", image);
      assertThat(new Api(fleet.host(3).socket()).send("GET", "/system/df?type=image").body())
          .contains(id);
      assertThat(fleet.docker(3).inspect("{{.RepoDigests}}", image)).isEqualTo(digests);
      assertThatEachLayerWasFetchedOnce(registries);
      fleet.docker(1).ok("rm " + name);
      forget(image);
    }
  }

  /** As {@code docker images} tells by a label. */
  private List<String> hostsWith(String image) {
    String labels =
        new Api(fleet.host(2).socket())
            .send("GET", "/images/json?filters=%7B%22reference%22%3A%5B%22" + image + "%22%5D%7D")
            .body();
    int label = labels.indexOf("\"flota.nodes\":\"");
    assertThat(label).as(labels).isPositive();
    String hosts = labels.substring(label + "\"flota.nodes\":\"".length());
    return List.of(hosts.substring(0, hosts.indexOf('"')).split(",", -1));
  }

  @Test
  void tellsOnWhichHostsAnImageIs() {
    fleet.docker(1).need("busybox");
    fleet.docker(1).ok("tag busybox " + name + ":1");
    Await.until("the image is known", () -> fleet.docker(3).hasImage(name + ":1"));

    assertThat(new Api(fleet.host(3).socket()).send("GET", "/fleet/images").body())
        .contains(name + ":1")
        .containsPattern("\"Hosts\":\\[\"host-");
    fleet.docker(2).ok("rmi " + name + ":1");
  }

  @Test
  void sumsUpWhatAllHostsHave() {
    fleet.docker(1).ok("volume create " + name);
    for (Docker docker : fleet.dockers()) {
      assertThat(docker.ok("system df -v")).contains(name);
    }
    fleet.docker(2).ok("volume rm " + name);
  }

  @Test
  void aVolumeThatAllMakeAtOnceIsOneVolume() {
    List<RunningCommand> racers =
        fleet.dockers().stream().map(docker -> docker.start("volume create " + name)).toList();
    List<Output> ends = racers.stream().map(racer -> racer.endInput().await()).toList();

    assertThat(ends).allSatisfy(end -> assertThat(end.exited(0).text()).isEqualTo(name));
    for (Docker docker : fleet.dockers()) {
      Await.until(
          "the volume is known", () -> docker.ok("volume ls -q").lines().anyMatch(name::equals));
      assertThat(docker.ok("volume ls -q").lines().filter(name::equals)).hasSize(1);
      assertThat(docker.ok("volume inspect -f {} " + name, "{{.Name}}")).isEqualTo(name);
    }
    fleet.docker(1).ok("volume rm " + name);
    for (Docker docker : fleet.dockers()) {
      assertThat(docker.run("volume inspect " + name).exited(1).err()).contains("no such volume");
    }
  }

  @Test
  void aContainerGoesWhereAVolumeWasMadeThisMoment() {
    fleet.docker(1).need("busybox");
    for (int host = 1; host <= 3; host++) {
      String volume = name + "-" + host;
      fleet.docker(host).ok("volume create " + volume);
      assertThat(
              fleet
                  .docker(host % 3 + 1)
                  .ok("run --rm -v " + volume + ":/data --cpus 0.1 busybox echo mounted"))
          .isEqualTo("mounted");
      Await.until(
          "one volume is listed",
          () -> fleet.docker(1).ok("volume ls -q").lines().filter(volume::equals).count() == 1);
      fleet.docker(1).ok("volume rm " + volume);
    }
  }

  @Test
  void tellsEventsOfVolumesAndNetworksOfAllHosts() {
    try (RunningCommand events =
        fleet
            .docker(3)
            .start(
                "events --filter type=volume --filter type=network --format {}",
                "{{.Type}} {{.Action}} {{.Actor.ID}}{{.Actor.Attributes.name}}")) {
      Await.until(
          "events are followed",
          () -> {
            fleet.docker(1).ok("volume create " + name);
            fleet.docker(2).ok("volume rm " + name);
            return events.out().contains("volume destroy " + name);
          });
      assertThat(events.out()).contains("volume create " + name);
      fleet.docker(2).ok("network create " + name);
      fleet.docker(1).ok("network rm " + name);
      events.awaitOut(name);
      Await.until(
          "the network's end is told",
          () ->
              events
                  .out()
                  .lines()
                  .anyMatch(line -> line.startsWith("network destroy ") && line.endsWith(name)));
    }
  }

  @Test
  void tellsWhatItsHostsCanDo() {
    for (int host = 1; host <= 3; host++) {
      Api api = new Api(fleet.host(host).socket());
      Await.until(
          "all features are known",
          () -> api.send("GET", "/fleet/hosts").body().split("\"criu=", -1).length == 4);
      assertThat(api.send("GET", "/fleet/hosts").body())
          .contains("\"overlay\"")
          .contains("cgroup=v");
    }
  }
}
