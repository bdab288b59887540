package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.OddRegistry;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images: fetched, listed, described, carried as files, removed. */
@EndToEnd
class ImageTest {
  private static final String PLAIN = "172.30.0.254:5000";
  private static final String BASIC = "172.30.0.254:5443";
  private static final String TOKEN = "172.30.0.254:5444";

  private final Docker docker;
  private final LabHost host;
  private final String tag = Unique.name("image");

  ImageTest(Docker docker, LabHost host) {
    this.docker = docker;
    this.host = host;
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  @ParameterizedTest
  @ValueSource(strings = {"busybox:zstd", "busybox:schema2", PLAIN + "/library/busybox"})
  void everyKindIsPulledAndRun(String image) {
    docker.run("rmi {}", image);

    assertThat(docker.ok("pull {}", image)).contains("Digest: sha256:", "Status: ");

    assertThat(docker.ok("run --rm {} echo works", image)).isEqualTo("works");
    docker.ok("rmi {}", image);
  }

  @Test
  void isPulledByDigest() {
    String digest = docker.inspect("{{index .RepoDigests 0}}", "busybox");
    assertThat(digest).matches("busybox@sha256:[0-9a-f]{64}");

    assertThat(docker.ok("pull {}", digest)).contains("Digest: " + digest.split("@", -1)[1]);

    assertThat(docker.ok("run --rm {} echo works", digest)).isEqualTo("works");
    docker.need("busybox");
  }

  @Test
  void layersThatAreThereAreNotPulledAgain() {
    docker.run("rmi debian nginx");
    docker.ok("pull -q debian");

    assertThat(docker.ok("pull nginx"))
        .containsPattern("[0-9a-f]{12}: Already exists")
        .containsPattern("[0-9a-f]{12}: Pull complete");
  }

  @Test
  void thePlatformIsChosen() {
    docker.ok("pull -q --platform linux/arm64 alpine");
    assertThat(docker.inspect("{{.Architecture}} {{.Os}}", "alpine")).isEqualTo("arm64 linux");

    Output run = docker.run("run --rm alpine true");
    assertThat(run.exit()).isNotZero();
    assertThat(run.err()).containsIgnoringCase("exec format error");
    assertThat(docker.run("pull --platform linux/s390x alpine").exited(1).err())
        .contains("no matching manifest for linux/s390x in the manifest list entries");
    docker.ok("pull -q --platform linux/amd64 alpine");
    assertThat(docker.inspect("{{.Architecture}}", "alpine")).isEqualTo("amd64");
    assertThat(docker.ok("run --rm alpine echo works")).isEqualTo("works");
  }

  @Test
  void whiteoutsHideWhatLowerLayersHave() {
    docker.need("debian", "nginx");

    String hidden = "/var/lib/dpkg/status-old";
    assertThat(docker.ok("run --rm debian ls {}", hidden)).isEqualTo(hidden);
    assertThat(docker.run("run --rm nginx ls {}", hidden).exited(2).err())
        .contains("No such file or directory");
    assertThat(docker.ok("run --rm nginx ls -A /var/lib/dpkg /var/log/apt"))
        .contains("status")
        .doesNotContain(".wh.", "history.log");
  }

  @Test
  void aDaemonsImageServes() {
    docker.need("nginx");
    String name = Unique.name("nginx");
    docker.ok("run -d --name {} -p 18100:80 nginx", name);

    dev.flota.lab.harness.Await.until(
        "nginx answers",
        () ->
            host.shell("curl -s --max-time 2 127.0.0.1:18100").out().contains("Welcome to nginx!"));
    docker.ok("stop {}", name);
    assertThat(docker.inspect("{{.State.ExitCode}}", name)).isEqualTo("0");
    assertThat(docker.run("logs {}", name).out()).contains("GET / HTTP/1.1");
  }

  @Test
  void isListedByFilters() {
    docker.need("alpine");
    docker.ok("tag busybox {}:one", tag);
    docker.ok("tag busybox {}:two", tag);
    docker.ok("tag alpine {}:three", tag);

    for (String[] row :
        new String[][] {
          {"reference=" + tag, "one,three,two"},
          {"reference=" + tag + ":t*", "three,two"},
          {"reference=e2e-*:one", "one"},
          {"label=dev.flota.lab.stand-in", "three"},
          {"label=dev.flota.lab.stand-in=true", "three"},
          {"label=dev.flota.lab.stand-in=false", ""}
        }) {
      List<String> tags =
          docker
              .run("images --filter {} --format {}", row[0], "{{.Repository}} {{.Tag}}")
              .exited(0)
              .lines()
              .stream()
              .filter(line -> line.startsWith(tag + " "))
              .map(line -> line.substring(tag.length() + 1))
              .sorted()
              .toList();
      assertThat(String.join(",", tags)).as(row[0]).isEqualTo(row[1]);
    }
    assertThat(docker.ok("images -q --no-trunc {}:one", tag)).matches("sha256:[0-9a-f]{64}");
    assertThat(docker.run("images --digests busybox").exited(0).out())
        .containsPattern("sha256:[0-9a-f]{64}");
    assertThat(docker.run("images --filter nosuch=1").exited(1).err())
        .contains("invalid filter 'nosuch'");
  }

  @Test
  void isDescribed() {
    assertThat(
            docker.inspect(
                "{{.Os}} {{.Architecture}} {{.Config.Cmd}} {{index .RepoTags 0}} {{.RootFS.Type}} {{len .RootFS.Layers}}",
                "busybox"))
        .matches("linux amd64 \\[sh] .*busybox:.* layers 1");
    assertThat(docker.ok("history --no-trunc --format {} busybox", "{{.CreatedBy}}"))
        .contains("BusyBox");
    assertThat(docker.run("history busybox").exited(0).lines().getFirst())
        .matches("IMAGE +CREATED +CREATED BY +SIZE +COMMENT");
    String id = docker.inspect("{{.Id}}", "busybox");
    assertThat(docker.inspect("{{.Id}}", id.substring(7, 19))).isEqualTo(id);
    assertThat(docker.run("image inspect nosuch").exited(1).err())
        .contains("No such image: nosuch");
  }

  /** An image of which nobody else has a tag or a layer. */
  private String aloneAsHelloWorld() {
    for (String container : docker.run("ps -aq --filter ancestor=hello-world").exited(0).lines()) {
      docker.ok("rm -f {}", container);
    }
    docker.need("hello-world");
    docker.ok("rmi -f {}", docker.inspect("{{.Id}}", "hello-world"));
    docker.ok("pull -q hello-world");
    return docker.inspect("{{.Id}}", "hello-world");
  }

  @Test
  void isUntaggedThenDeleted() {
    String id = aloneAsHelloWorld();
    docker.ok("tag hello-world {}", tag);

    assertThat(docker.run("rmi {}", id).exited(1).err())
        .contains("(must be forced) - image is referenced in multiple repositories");
    assertThat(docker.ok("rmi {}", tag)).isEqualTo("Untagged: " + tag + ":latest");
    assertThat(docker.ok("rmi hello-world"))
        .contains("Untagged: hello-world:latest", "Deleted: " + id)
        .containsPattern("Deleted: sha256:[0-9a-f]{64}");
    assertThat(docker.run("rmi hello-world").exited(1).err())
        .contains("No such image: hello-world:latest");
  }

  @Test
  void isNotRemovedWhileInUse() {
    aloneAsHelloWorld();
    String container = docker.ok("create hello-world").substring(0, 12);

    assertThat(docker.run("rmi hello-world").exited(1).err())
        .containsPattern(
            "conflict: unable to remove repository reference \"hello-world\" \\(must force\\) - container "
                + container
                + " is using its referenced image [0-9a-f]{12}");
    docker.ok("rm {}", container);
    docker.ok("rmi hello-world");
  }

  @Test
  void layersOfAForcedRemovalGoWithTheLastContainer() {
    String id = aloneAsHelloWorld();
    String layer =
        "/var/lib/flota/layers/"
            + docker.inspect("{{index .RootFS.Layers 0}}", "hello-world").replace(':', '/');
    String container = docker.ok("create hello-world");

    assertThat(docker.ok("rmi -f {}", id)).contains("Deleted: " + id);
    host.ok("test -d " + layer);
    assertThat(docker.ok("start -a {}", container)).contains("Hello from Docker!");

    docker.ok("rm {}", container);
    assertThat(host.shell("test -e " + layer).exit()).isEqualTo(1);
  }

  @Test
  void travelsAsAnArchive(@TempDir Path directory) {
    String id = aloneAsHelloWorld();
    docker.ok("tag hello-world {}:saved", tag);
    Path archive = directory.resolve("image.tar");
    docker.ok("save -o {} {}:saved", archive, tag);
    assertThat(docker.shell("tar tf " + archive).exited(0).lines())
        .contains("manifest.json", "index.json", "oci-layout");
    docker.ok("rmi {}:saved hello-world", tag);
    assertThat(docker.run("image inspect {}", id).exit()).isEqualTo(1);

    assertThat(docker.ok("load -i {}", archive)).contains("Loaded image: " + tag + ":saved");

    assertThat(docker.inspect("{{.Id}}", tag + ":saved")).isEqualTo(id);
    assertThat(docker.ok("run --rm {}:saved", tag)).contains("Hello from Docker!");
    docker.ok("rmi {}:saved", tag);
  }

  @Test
  void anOciLayoutIsLoaded(@TempDir Path directory) {
    docker.ok("tag busybox {}:oci", tag);
    docker.ok("save -o {} {}:oci", directory.resolve("image.tar"), tag);
    docker.ok("rmi {}:oci", tag);

    Output load =
        docker.shell(
            "cd %s && mkdir layout && tar xf image.tar -C layout && rm layout/manifest.json && tar cf - -C layout . | docker load"
                .formatted(directory));

    assertThat(load.exited(0).out()).contains("Loaded image: ");
    assertThat(docker.ok("run --rm {}:oci echo works", tag)).isEqualTo("works");
    docker.ok("rmi {}:oci", tag);
  }

  @Test
  void aCompressedArchiveIsLoadedFromAPipe() {
    docker.ok("tag busybox {}:pipe", tag);

    Output load = docker.shell("docker save %1$s:pipe | gzip -1 | docker load".formatted(tag));

    assertThat(load.exited(0).out()).contains("Loaded image: " + tag + ":pipe");
    docker.ok("rmi {}:pipe", tag);
  }

  @Test
  void rubbishIsNotLoaded() {
    Output load = docker.input("no archive".getBytes(StandardCharsets.UTF_8), "load");

    assertThat(load.exit()).isEqualTo(1);
  }

  @Test
  void anInvalidReferenceIsRefused() {
    assertThat(docker.run("pull UPPER").exited(1).err())
        .contains("invalid reference format: repository name (library/UPPER) must be lowercase");
    assertThat(docker.run("tag busybox bad:t@g").exited(1).err())
        .contains("invalid reference format");
  }

  @Test
  void unknownImagesAreNotFound() {
    assertThat(docker.run("pull {}/no/such", PLAIN).exited(1).err())
        .containsAnyOf(
            "manifest for " + PLAIN + "/no/such:latest not found: manifest unknown",
            "repository " + PLAIN + "/no/such not found");
    assertThat(docker.run("pull {}/library/busybox:nosuch", PLAIN).exited(1).err())
        .contains("manifest for " + PLAIN + "/library/busybox:nosuch not found: manifest unknown");
    Output run = docker.run("run --rm {}/no/such true", PLAIN).exited(125);
    assertThat(run.err())
        .startsWith("Unable to find image '" + PLAIN + "/no/such:latest' locally\n");
    assertThat(docker.run("run --rm --pull never {}/no/such true", PLAIN).exited(125).err())
        .contains("No such image: " + PLAIN + "/no/such:latest");
  }

  /** The hello-world image in a repository that only the lab's user may pull. */
  private void publishPrivately() {
    host.ok(
        """
        set -e
        registry=http://172.30.0.254:5000/v2
        manifest=$(curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' $registry/library/hello-world/manifests/latest)
        for digest in $(grep -o 'sha256:[0-9a-f]*' <<<"$manifest"); do
          curl -sf -o /dev/null -X POST "$registry/private/hello/blobs/uploads/?mount=$digest&from=library/hello-world"
        done
        curl -sf -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "$manifest" $registry/private/hello/manifests/latest
        """);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"basic, " + BASIC, "token, " + TOKEN})
  void aRegistryAsksForAPassword(String kind, String registry, @TempDir Path credentials) {
    publishPrivately();
    String image = registry + "/private/hello";
    Docker guest = docker.withConfiguration(credentials);

    assertThat(guest.run("pull {}", image).exited(1).err())
        .contains(
            kind.equals("basic") ? "no basic auth credentials" : "pull access denied for " + image);
    assertThat(login(guest, registry, "wrong").exited(1).err())
        .containsIgnoringCase("unauthorized");
    assertThat(login(guest, registry, "flota-secret").exited(0).out()).contains("Login Succeeded");

    guest.ok("pull {}", image);

    assertThat(guest.ok("run --rm {}", image)).contains("Hello");
    guest.ok("rmi {}", image);
    guest.ok("logout {}", registry);
    guest.run("pull {}", image).exited(1);
  }

  private static Output login(Docker guest, String registry, String password) {
    return guest.input(
        password.getBytes(StandardCharsets.UTF_8), "login -u flota --password-stdin {}", registry);
  }

  @Test
  void everybodyPullsWhatIsPublic() {
    String image = TOKEN + "/library/hello-world";

    docker.ok("pull {}", image);

    docker.ok("rmi {}", image);
  }

  @Test
  void tenWhoMissAnImageCauseOnePull() {
    try (OddRegistry registry = OddRegistry.start(host)) {
      String image = registry.image("plain", "busybox:latest");
      List<RunningCommand> runs =
          IntStream.range(0, 10)
              .mapToObj(number -> docker.start("run --rm {} echo {}", image, number))
              .toList();

      for (int number = 0; number < runs.size(); number++) {
        assertThat(runs.get(number).endInput().await().exited(0).text())
            .isEqualTo(String.valueOf(number));
      }

      List<String> blobs =
          registry.requests("plain").stream().filter(line -> line.contains("/blobs/")).toList();
      assertThat(blobs).doesNotHaveDuplicates();
      docker.ok("rmi -f {}", image);
    }
  }

  @Test
  void aDroppedConnectionIsTriedAgain() {
    try (OddRegistry registry = OddRegistry.start(host)) {
      String image = registry.image("flaky", "hello-world:latest");
      docker.run("rmi -f hello-world");

      docker.ok("pull -q {}", image);

      assertThat(docker.ok("run --rm {}", image)).contains("Hello from Docker!");
      assertThat(
              registry.requests("flaky").stream()
                  .filter(line -> line.contains("/blobs/"))
                  .distinct())
          .hasSizeLessThan(registry.requests("flaky").size() - 1);
      docker.ok("rmi -f {}", image);
    }
  }

  @Test
  void unusedOnesArePruned() {
    docker.run("rmi busybox:zstd");
    docker.ok("pull -q busybox:zstd");
    docker.ok("tag busybox:zstd {}", tag);
    docker.ok("rmi busybox:zstd");
    docker.ok("tag busybox {}", tag);

    assertThat(docker.run("image prune -f").exited(0).out()).contains("Total reclaimed space:");

    assertThat(docker.ok("images -q --filter dangling=true")).isEmpty();
    docker.ok("rmi {}", tag);
  }

  @Test
  void anImageOfAnotherPlatformDoesNotServe() {
    docker.need("busybox");

    assertThat(
            docker
                .run("run --rm --pull never --platform linux/arm64 busybox true")
                .exited(125)
                .err())
        .contains("does not match the specified platform (linux/arm64)");
    docker.ok("run --rm --pull never --platform linux/amd64 busybox true");
  }
}
