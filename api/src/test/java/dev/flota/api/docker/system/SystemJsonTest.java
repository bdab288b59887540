package dev.flota.api.docker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.api.docker.ApiVersion;
import dev.flota.api.docker.DockerDescription;
import dev.flota.api.docker.Samples;
import dev.flota.cluster.Fleet;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.image.DiskUsage;
import dev.flota.engine.volume.VolumeInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemJsonTest {
  private static final DaemonInfo DAEMON = new DaemonInfo("0.1.0", "abc", "2026-11-24T00:00:00Z");
  private static final Program CRUN =
      Program.of("crun", Path.of("crun"), "crun version 1.28\ncommit: 0123abc\nspec: 1.0.0");

  private static EngineSettings settings(Path state) {
    return new EngineSettings(
        state,
        Path.of("/run/flota"),
        "host-1",
        "crun",
        Map.of("crun", Path.of("crun")),
        Path.of("conmon"),
        Path.of("/usr/bin/tini-static"),
        "/flota",
        new EngineSettings.Bridge("flota0", "172.17.0.0/16", "172.17.0.1", 1450),
        new EngineSettings.Registry(
            List.of("http://127.0.0.1:5000"),
            List.of("10.0.0.0/8", "registry.example:5000"),
            Path.of("/etc/flota/certs.d"),
            3,
            5,
            60));
  }

  @Test
  void infoKeepsToDockersDescription(@TempDir Path state) {
    JsonNode json =
        DockerDescription.assertKeepsTo(
            "SystemInfo",
            out ->
                new InfoJson(
                        DAEMON,
                        settings(state),
                        Machine.read(),
                        CgroupSupport.read(Path.of("/")),
                        Map.of("crun", CRUN),
                        new Fleet.Counts(5, 2, 1, 2, 3),
                        List.of("WARNING: something"),
                        ApiVersion.CURRENT)
                    .write(out));
    assertThat(json.get("ContainersStopped").asInt()).isEqualTo(2);
    assertThat(json.at("/RegistryConfig/InsecureRegistryCIDRs/1").asText()).isEqualTo("10.0.0.0/8");
    assertThat(json.at("/RegistryConfig/IndexConfigs/registry.example:5000/Secure").asBoolean(true))
        .isFalse();
    assertThat(json.get("InitBinary").asText()).isEqualTo("tini-static");
  }

  @Test
  void versionKeepsToDockersDescription() {
    JsonNode json =
        DockerDescription.assertKeepsTo(
            "SystemVersion",
            out -> new VersionJson(DAEMON, Machine.read(), List.of(CRUN)).write(out));
    assertThat(json.get("ApiVersion").asText()).isEqualTo("1.50");
    assertThat(json.at("/Components/1/Version").asText()).isEqualTo("1.28");
    assertThat(json.at("/Components/1/Details/GitCommit").asText()).isEqualTo("0123abc");
  }

  @Test
  void diskUsageKeepsToDockersDescription() {
    Fleet.Usage usage =
        new Fleet.Usage(
            new DiskUsage(187_000_000, List.of(Samples.image())),
            Map.of(Samples.running("a", "web").id(), 12L),
            Map.of("data", 34L));
    VolumeInfo data = new VolumeInfo(Samples.NOW, "local", null, "/x", "data", null, "local", null);
    JsonNode json =
        DockerDescription.assertAnswers(
            "get",
            "/system/df",
            200,
            out ->
                new DiskUsageJson(
                        DiskUsageJson.types(List.of()),
                        usage,
                        List.of(Samples.running("a", "web")),
                        List.of(data),
                        List.of("host-1"),
                        ApiVersion.CURRENT)
                    .write(out));
    assertThat(json.at("/Images/0/Containers").asInt()).isEqualTo(1);
    assertThat(json.at("/Images/0/Labels/flota.nodes").asText()).isEqualTo("host-1");
    assertThat(json.at("/Containers/0/SizeRw").asInt()).isEqualTo(12);
    assertThat(json.at("/Volumes/0/UsageData/RefCount").asInt()).isEqualTo(1);
    assertThatThrownBy(() -> DiskUsageJson.types(List.of("pods")))
        .hasMessage("unknown object type: pods");
  }

  @Test
  void readsTheMachineFromItsFiles(@TempDir Path root) throws IOException {
    Files.createDirectories(root.resolve("etc"));
    Files.createDirectories(root.resolve("proc"));
    Files.createDirectories(root.resolve("sys/fs/cgroup"));
    Files.writeString(
        root.resolve("etc/os-release"), "PRETTY_NAME=\"Some Linux 7\"\nVERSION_ID=\"7\"\n");
    Files.writeString(root.resolve("proc/meminfo"), "MemTotal:       16384 kB\nMemFree: 1 kB\n");
    Files.writeString(root.resolve("sys/fs/cgroup/cgroup.controllers"), "cpu memory pids\n");
    Machine machine = Machine.read(root);
    assertThat(machine.operatingSystem()).isEqualTo("Some Linux 7");
    assertThat(machine.memory()).isEqualTo(16384L * 1024);
    assertThat(machine.cgroupVersion()).isEqualTo(2);
    CgroupSupport cgroups = CgroupSupport.read(root);
    assertThat(cgroups.memory()).isTrue();
    assertThat(cgroups.cpuset()).isFalse();
  }
}
