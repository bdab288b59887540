package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.Unique;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that outlive their container, and the host's own. */
@EndToEnd
class VolumeTest {
  private final Docker docker;
  private final LabHost host;
  private final String volume = Unique.name("volume");

  VolumeTest(Docker docker, LabHost host) {
    this.docker = docker;
    this.host = host;
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  private String sh(String options, String script) {
    return docker.ok("run --rm " + options + " busybox sh -c {}", script);
  }

  private void forget(String name) {
    docker.ok("volume rm -f {}", name);
  }

  @Test
  void keepsWhatAContainerWrote() {
    sh("-v " + volume + ":/data", "echo kept >/data/file");

    assertThat(sh("-v " + volume + ":/other", "cat /other/file")).isEqualTo("kept");
    assertThat(sh("--mount type=volume,source=" + volume + ",target=/m", "cat /m/file"))
        .isEqualTo("kept");
    forget(volume);
  }

  @Test
  void beginsWithWhatTheImageHasThere() {
    assertThat(sh("-v " + volume + ":/etc", "ls /etc")).contains("passwd");
    assertThat(sh("-v " + volume + ":/data", "grep -c root: /data/passwd; stat -c %a /data/shadow"))
        .isEqualTo("1\n640");
    forget(volume);
    assertThat(sh("-v " + volume + ":/etc:nocopy", "ls /etc")).doesNotContain("passwd");
    forget(volume);
    sh("-v " + volume + ":/data", "touch /data/own");
    assertThat(sh("-v " + volume + ":/home", "ls /home")).isEqualTo("own");
    forget(volume);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-v {}:/data:ro", "--mount type=volume,source={},target=/data,readonly"})
  void maybeReadOnly(String option) {
    Output output = docker.run("run --rm " + option + " busybox touch /data/x", volume).exited(1);

    assertThat(output.err()).contains("Read-only file system");
    forget(volume);
  }

  @Test
  void isListedInspectedAndPruned() {
    docker.ok("volume create --label kind=test {}", volume);

    assertThat(docker.ok("volume ls --filter name={} --format {}", volume, "{{.Driver}} {{.Name}}"))
        .isEqualTo("local " + volume);
    assertThat(docker.ok("volume ls -q --filter label=kind=test")).isEqualTo(volume);
    assertThat(docker.ok("volume ls -q --filter label=kind=other")).isEmpty();
    assertThat(
            docker.ok(
                "volume inspect -f {} {}",
                "{{.Driver}} {{.Scope}} {{.Labels.kind}} {{.Mountpoint}}",
                volume))
        .isEqualTo("local local test /var/lib/flota/volumes/" + volume + "/_data");
    assertThat(docker.ok("volume create {}", volume)).isEqualTo(volume);
    assertThat(docker.ok("volume ls -q --filter dangling=true")).contains(volume);
    assertThat(docker.run("volume prune -a -f --filter label=kind=test").exited(0).out())
        .contains(volume);
    assertThat(docker.run("volume inspect {}", volume).exited(1).err()).contains("no such volume");
  }

  @Test
  void isNotRemovedWhileInUse() {
    String name = docker.ok("create -v {}:/data busybox", volume);

    assertThat(docker.run("volume rm {}", volume).exited(1).err())
        .contains("remove " + volume + ": volume is in use - [" + name + "]");
    docker.ok("rm {}", name);
    docker.ok("volume rm {}", volume);
    assertThat(docker.run("volume rm {}", volume).exited(1).err())
        .contains("get " + volume + ": no such volume");
  }

  @Test
  void isLentToOthers() {
    String lender = docker.ok("create -v {}:/named -v /anonymous -v /tmp:/host:ro busybox", volume);

    assertThat(
            docker.ok(
                "run --rm --volumes-from {} busybox sh -c {}",
                lender,
                "touch /named/x /anonymous/y; ls /named /anonymous; touch /host/z 2>&1 | grep -c Read-only"))
        .isEqualTo("/anonymous:\ny\n\n/named:\nx\n1");
    assertThat(
            docker.ok(
                "run --rm --volumes-from {}:ro busybox sh -c {}",
                lender,
                "ls /named; touch /named/x 2>&1 | grep -c Read-only"))
        .isEqualTo("x\n1");
    docker.ok("rm -v {}", lender);
    forget(volume);
  }

  @Test
  void aDirectoryOfTheHostIsBound() {
    String directory = host.ok("mktemp -d /tmp/e2e-bind-XXXXXX");

    assertThat(sh("-v " + directory + ":/data", "echo in >/data/file; cat /data/file"))
        .isEqualTo("in");
    assertThat(host.ok("cat " + directory + "/file")).isEqualTo("in");
    assertThat(
            sh("-v " + directory + ":/data:ro", "touch /data/x 2>&1 | grep -c Read-only; ls /data"))
        .isEqualTo("1\nfile");
    assertThat(sh("-v " + directory + "/file:/one", "cat /one")).isEqualTo("in");
    assertThat(sh("-v " + directory + "/made/for/it:/data", "ls -A /data")).isEmpty();
    assertThat(host.ok("ls " + directory)).isEqualTo("file\nmade");
    host.ok("rm -r " + directory);
  }

  @Test
  void mountsAreShown() {
    String id = docker.ok("create -v {}:/v:ro -v /tmp:/b --tmpfs /t busybox", volume);

    assertThat(
            docker
                .inspect("{{range .Mounts}}{{println .Type .Name .Destination .RW}}{{end}}", id)
                .lines()
                .filter(line -> !line.isBlank())
                .sorted()
                .toList())
        .containsExactly("bind  /b true", "volume " + volume + " /v false");
  }

  @Test
  void anInvalidNameIsRefused() {
    assertThat(docker.run("volume create x").exited(1).err())
        .contains("volume name is too short, names should be at least two alphanumeric characters");
    assertThat(docker.run("volume create a/b").exited(1).err())
        .contains(
            "\"a/b\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed");
  }

  @Test
  void aPartOfAVolumeIsMounted() {
    String volume = Unique.name("parts");
    docker.ok("run --rm -v {}:/v busybox sh -c {}", volume, "mkdir /v/part; echo of >/v/part/file");

    assertThat(
            docker.ok(
                "run --rm --mount type=volume,src={},dst=/p,volume-subpath=part busybox cat /p/file",
                volume))
        .isEqualTo("of");
    assertThat(
            docker
                .run(
                    "run --rm --mount type=volume,src={},dst=/p,volume-subpath=none busybox true",
                    volume)
                .exited(127)
                .err())
        .contains("cannot access path");
  }
}
