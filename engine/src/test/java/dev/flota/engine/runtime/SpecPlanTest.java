package dev.flota.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import dev.flota.engine.linux.MountTable;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.MountPoint;
import dev.flota.engine.spec.NetworkingConfig;
import dev.flota.engine.spec.RunState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecPlanTest {
  private static final String ID = "0123456789abcdef".repeat(4);
  private static final MountTable TABLE =
      MountTable.parse(
          List.of(
              "1 0 8:1 / / rw - ext4 /dev/sda rw",
              "2 1 8:2 / /shared rw shared:1 - ext4 /dev/sdb rw",
              "3 1 8:3 / /slave rw master:1 - ext4 /dev/sdc rw"));

  private HostFacts host = facts(Set.copyOf(Capabilities.ALL), false);
  private final Map<String, Object> config = new HashMap<>(Map.of("Cmd", List.of("true")));
  private final Map<String, Object> hostConfig = new HashMap<>();
  private final List<MountPoint> mounts = new ArrayList<>();
  private SharedNamespaces shared = SharedNamespaces.NONE;

  static HostFacts facts(Set<String> bounding, boolean unified) {
    return new HostFacts(
        "amd64",
        6,
        18,
        unified,
        Set.of("cpu", "cpuset", "memory", "pids", "devices", "freezer", "blkio"),
        true,
        bounding,
        Map.of("RLIMIT_NOFILE", 20_000L, "RLIMIT_CORE", -1L),
        0,
        2,
        "0-1",
        "0");
  }

  private SpecPlan plan() {
    ContainerRecord record =
        new ContainerRecord(
            1,
            1,
            ID,
            "name",
            Instant.EPOCH,
            "image",
            "sha256:0",
            null,
            TestHost.fromDocker(config, ContainerConfig.class),
            TestHost.fromDocker(hostConfig, HostConfig.class),
            TestHost.fromDocker(Map.of(), NetworkingConfig.class),
            "crun",
            ContainerRecord.Wanted.RUNNING,
            RunState.created(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            0);
    Launch launch =
        new Launch(
            record,
            Path.of("/c"),
            List.of(),
            Path.of("/run/netns/x"),
            "host".equals(hostConfig.get("NetworkMode")),
            Path.of("/c/hosts"),
            Path.of("/c/hostname"),
            Path.of("/c/resolv.conf"),
            mounts,
            shared);
    return SpecPlan.of(
        new SpecPlan.Input(
            launch,
            Path.of("/c/merged"),
            new ContainerUser(0, 0, List.of(0), "/root"),
            host,
            DevicePlan.of(record.hostConfig()),
            () -> TABLE,
            "/flota/" + ID,
            Path.of("/usr/bin/tini-static"),
            "shareable".equals(hostConfig.get("IpcMode")) ? Path.of("/run/shm") : null,
            true));
  }

  private JsonNode json() {
    return Json.PLAIN.valueToTree(plan().specification());
  }

  private static List<String> strings(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }

  private JsonNode mount(String destination) {
    return StreamSupport.stream(json().path("mounts").spliterator(), false)
        .filter(mount -> mount.path("destination").asText().equals(destination))
        .findFirst()
        .orElseThrow();
  }

  private List<String> options(String destination) {
    return strings(mount(destination).path("options"));
  }

  private Map<String, String> namespaces() {
    Map<String, String> namespaces = new HashMap<>();
    json()
        .path("linux")
        .path("namespaces")
        .forEach(one -> namespaces.put(one.path("type").asText(), one.path("path").asText()));
    return namespaces;
  }

  @Test
  void makesDockersDefaultContainer() throws IOException {
    config.put("Hostname", "0123456789ab");
    JsonNode actual = json();
    try (InputStream golden = SpecPlanTest.class.getResourceAsStream("default-config.json")) {
      JsonNode expected = Json.PLAIN.readTree(golden);
      ((ObjectNode) actual.path("linux")).remove("seccomp");
      assertThat(actual.toPrettyString()).isEqualTo(expected.toPrettyString());
    }
  }

  @Test
  void leavesOutCapabilitiesTheMachineLacksAndSaysSo() {
    Set<String> most = new HashSet<>(Capabilities.ALL);
    most.remove("CAP_SYS_RESOURCE");
    host = facts(most, false);
    hostConfig.put("Privileged", true);
    SpecPlan plan = plan();
    assertThat(plan.specification().process().capabilities().bounding())
        .doesNotContain("CAP_SYS_RESOURCE")
        .hasSize(40);
    assertThat(plan.warnings())
        .containsExactly("this machine lacks the capability CAP_SYS_RESOURCE: left out");
  }

  @Test
  void lowersLimitsTheMachineCannotRaise() {
    host = facts(Set.copyOf(Capabilities.DEFAULT), false);
    hostConfig.put(
        "Ulimits",
        List.of(
            Map.of("Name", "nofile", "Soft", 1024, "Hard", 65_536),
            Map.of("Name", "core", "Soft", -1, "Hard", -1)));
    SpecPlan plan = plan();
    assertThat(Json.PLAIN.valueToTree(plan.specification().process().rlimits()).toString())
        .isEqualTo(
            "[{\"type\":\"RLIMIT_NOFILE\",\"hard\":20000,\"soft\":1024},"
                + "{\"type\":\"RLIMIT_CORE\",\"hard\":18446744073709551615,"
                + "\"soft\":18446744073709551615}]");
    assertThat(plan.warnings())
        .containsExactly("this machine cannot raise the limit nofile to 65536: lowered to 20000");
  }

  @Test
  void privilegedIsOpen() {
    hostConfig.put("Privileged", true);
    JsonNode linux = json().path("linux");
    assertThat(linux.has("seccomp")).isFalse();
    assertThat(linux.has("maskedPaths")).isFalse();
    assertThat(linux.has("readonlyPaths")).isFalse();
    assertThat(options("/sys")).contains("rw").doesNotContain("ro");
    assertThat(linux.path("resources").path("devices").get(0).toString())
        .isEqualTo("{\"allow\":true,\"access\":\"rwm\"}");
    assertThat(linux.path("devices")).isNotEmpty();
  }

  @Test
  void userPathsReplaceTheMaskedOnes() {
    hostConfig.put("MaskedPaths", List.of());
    hostConfig.put("ReadonlyPaths", List.of("/proc/x"));
    assertThat(strings(json().path("linux").path("maskedPaths"))).isEmpty();
    assertThat(strings(json().path("linux").path("readonlyPaths"))).containsExactly("/proc/x");
  }

  @Test
  void securityOptionsApply() {
    hostConfig.put(
        "SecurityOpt", List.of("no-new-privileges", "seccomp=unconfined", "apparmor=foo"));
    SpecPlan plan = plan();
    assertThat(plan.specification().process().noNewPrivileges()).isTrue();
    assertThat(plan.specification().linux().seccomp()).isNull();
    assertThat(plan.warnings())
        .containsExactly(
            "security option \"apparmor=foo\" is ignored: no such module is set up here");
  }

  @ParameterizedTest
  @CsvSource({"foo,invalid --security-opt 1: \"foo\"", "a=b,invalid --security-opt 2: \"a=b\""})
  void refusesUnknownSecurityOptions(String option, String words) {
    hostConfig.put("SecurityOpt", List.of(option));
    assertThatThrownBy(this::plan).isInstanceOf(EngineException.class).hasMessage(words);
  }

  @Test
  void namespacesFollowTheModes() {
    assertThat(namespaces())
        .containsOnlyKeys("mount", "network", "uts", "pid", "ipc")
        .containsEntry("network", "/run/netns/x");
    hostConfig.putAll(
        Map.of(
            "NetworkMode",
            "host",
            "PidMode",
            "host",
            "IpcMode",
            "host",
            "UTSMode",
            "host",
            "CgroupnsMode",
            "private"));
    assertThat(namespaces()).containsOnlyKeys("mount", "cgroup");
    assertThat(json().has("hostname")).isFalse();
    assertThat(json().path("linux").path("sysctl").isMissingNode()).isTrue();
  }

  @Test
  void cgroupNamespaceIsPrivateByDefaultInVersion2() {
    host = facts(Set.copyOf(Capabilities.ALL), true);
    assertThat(namespaces()).containsKey("cgroup");
  }

  @Test
  void joinsOtherContainers() {
    hostConfig.putAll(Map.of("PidMode", "container:a", "IpcMode", "container:b"));
    shared =
        new SharedNamespaces(
            new SharedNamespaces.Peer("a", 11), new SharedNamespaces.Peer("b", 22));
    assertThat(namespaces())
        .containsEntry("pid", "/proc/11/ns/pid")
        .containsEntry("ipc", "/proc/22/ns/ipc");
  }

  @Test
  void initComesFirstOnlyInItsOwnPidNamespace() {
    hostConfig.put("Init", true);
    assertThat(strings(json().path("process").path("args")))
        .containsExactly("/sbin/docker-init", "--", "true");
    assertThat(options("/sbin/docker-init")).containsExactly("bind", "ro");
    hostConfig.put("PidMode", "host");
    assertThat(strings(json().path("process").path("args"))).containsExactly("true");
  }

  @Test
  void environmentIsTheEnginesThenTheUsers() {
    config.putAll(
        Map.of("Hostname", "h", "Tty", true, "Env", List.of("A=1", "TERM=dumb", "PATH=/x")));
    assertThat(strings(json().path("process").path("env")))
        .containsExactly("PATH=/x", "HOSTNAME=h", "TERM=dumb", "A=1", "HOME=/root");
    config.put("Env", List.of("HOME=/elsewhere", "TERM"));
    assertThat(strings(json().path("process").path("env")))
        .doesNotContain("TERM=xterm", "HOME=/root")
        .contains("HOME=/elsewhere");
  }

  @Test
  void readOnlyRootLeavesWhatMustBeWritten() {
    hostConfig.put("ReadonlyRootfs", true);
    assertThat(options("/dev")).doesNotContain("ro");
    assertThat(options("/dev/shm")).doesNotContain("ro");
    assertThat(options("/sys")).contains("ro");
    assertThat(options("/etc/hosts")).contains("ro");
    assertThat(json().path("root").path("readonly").asBoolean()).isTrue();
  }

  @Test
  void mountsParentsFirstAndUsersInsteadOfOurs() {
    mounts.add(bind("/host/deep", "/data/deep/er", true, ""));
    mounts.add(bind("/host/data", "/data/", false, ""));
    mounts.add(bind("/host/hosts", "/etc/hosts", true, ""));
    mounts.add(bind("/host/dev", "/dev", true, ""));
    List<String> destinations =
        StreamSupport.stream(json().path("mounts").spliterator(), false)
            .map(mount -> mount.path("destination").asText())
            .toList();
    assertThat(destinations).containsSubsequence("/data", "/data/deep/er");
    assertThat(destinations).doesNotContain("/dev/pts", "/dev/shm").doesNotHaveDuplicates();
    assertThat(mount("/etc/hosts").path("source").asText()).isEqualTo("/host/hosts");
    assertThat(options("/data")).containsExactly("rbind", "rro", "rprivate");
  }

  private static MountPoint bind(
      String source, String destination, boolean writable, String propagation) {
    return new MountPoint("bind", null, source, destination, null, "", writable, propagation);
  }

  @Test
  void bindOptionsApply() {
    mounts.add(bind("/host/a", "/a", false, "rprivate"));
    hostConfig.put(
        "Mounts",
        List.of(
            Map.of(
                "Type",
                "bind",
                "Target",
                "/a",
                "BindOptions",
                Map.of("NonRecursive", true, "ReadOnlyNonRecursive", true))));
    assertThat(options("/a")).containsExactly("bind", "ro", "rprivate");
  }

  @Test
  void propagationNeedsASharedMount() {
    mounts.add(bind("/shared/x", "/a", true, "rshared"));
    assertThat(json().path("linux").path("rootfsPropagation").asText()).isEqualTo("shared");
    mounts.set(0, bind("/slave/x", "/a", true, "rslave"));
    assertThat(json().path("linux").path("rootfsPropagation").asText()).isEqualTo("rslave");
    mounts.set(0, bind("/host", "/a", true, "rshared"));
    assertThatThrownBy(this::plan)
        .hasMessage("path /host is mounted on / but it is not a shared mount");
    mounts.set(0, bind("/host", "/a", true, "slave"));
    assertThatThrownBy(this::plan)
        .hasMessage("path /host is mounted on / but it is not a shared or slave mount");
  }

  @Test
  void tmpfsOptionsOverruleTheDefaults() {
    hostConfig.put("Tmpfs", Map.of("/run", "rw,exec,size=1m", "/plain", ""));
    assertThat(options("/run"))
        .containsExactly("nosuid", "nodev", "rprivate", "rw", "exec", "size=1m");
    assertThat(options("/plain")).containsExactly("noexec", "nosuid", "nodev", "rprivate");
    hostConfig.put(
        "Mounts",
        List.of(
            Map.of(
                "Type",
                "tmpfs",
                "Target",
                "/m",
                "ReadOnly",
                true,
                "TmpfsOptions",
                Map.of("SizeBytes", 4096, "Mode", 0750))));
    assertThat(options("/m")).contains("ro", "mode=750", "size=4096");
    hostConfig.put("Tmpfs", Map.of("/run", "bogus"));
    assertThatThrownBy(this::plan).hasMessage("invalid tmpfs option \"bogus\"");
  }

  @Test
  void sharedMemoryFollowsTheIpcMode() {
    hostConfig.put("ShmSize", 1 << 20);
    assertThat(options("/dev/shm")).contains("size=1048576");
    hostConfig.put("IpcMode", "shareable");
    assertThat(mount("/dev/shm").path("source").asText()).isEqualTo("/run/shm");
    hostConfig.put("IpcMode", "none");
    assertThatThrownBy(() -> mount("/dev/shm")).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void limitsBecomeControlGroupSettings() {
    hostConfig.putAll(
        Map.of(
            "Memory",
            64 << 20,
            "MemoryReservation",
            32 << 20,
            "NanoCpus",
            1_500_000_000L,
            "CpuShares",
            512,
            "CpusetCpus",
            "0,1",
            "PidsLimit",
            50,
            "BlkioWeight",
            300));
    JsonNode resources = json().path("linux").path("resources");
    assertThat(resources.path("memory").toString())
        .isEqualTo("{\"limit\":67108864,\"reservation\":33554432,\"swap\":134217728}");
    assertThat(resources.path("cpu").toString())
        .isEqualTo("{\"shares\":512,\"quota\":150000,\"period\":100000,\"cpus\":\"0,1\"}");
    assertThat(resources.path("pids").toString()).isEqualTo("{\"limit\":50}");
    assertThat(resources.path("blockIO").toString()).isEqualTo("{\"weight\":300}");
  }

  @Test
  void deviceRulesAreChecked() {
    hostConfig.put("DeviceCgroupRules", List.of("c 10:* rw"));
    JsonNode devices = json().path("linux").path("resources").path("devices");
    assertThat(devices.get(devices.size() - 1).toString())
        .isEqualTo("{\"allow\":true,\"type\":\"c\",\"major\":10,\"access\":\"rw\"}");
    hostConfig.put("DeviceCgroupRules", List.of("x 1:2 rw"));
    assertThatThrownBy(this::plan).hasMessage("invalid device cgroup rule format: 'x 1:2 rw'");
  }

  @Test
  void devicesAreLookedAt() {
    hostConfig.put(
        "Devices", List.of(Map.of("PathOnHost", "/dev/null", "PathInContainer", "/dev/zilch")));
    JsonNode device = json().path("linux").path("devices").get(0);
    assertThat(device.path("path").asText()).isEqualTo("/dev/zilch");
    assertThat(device.path("type").asText()).isEqualTo("c");
    assertThat(device.path("major").asInt()).isEqualTo(1);
    assertThat(device.path("minor").asInt()).isEqualTo(3);
    hostConfig.put("Devices", List.of(Map.of("PathOnHost", "/dev/nope")));
    assertThatThrownBy(this::plan)
        .hasMessage(
            "error gathering device information while adding custom device \"/dev/nope\": no such"
                + " file or directory");
  }

  @Test
  void sysctlsAddToDockersOwn() {
    hostConfig.put("Sysctls", Map.of("net.ipv4.ip_unprivileged_port_start", "80"));
    config.put("Domainname", "example.org");
    config.put("Hostname", "h");
    JsonNode sysctl = json().path("linux").path("sysctl");
    assertThat(sysctl.path("net.ipv4.ip_unprivileged_port_start").asText()).isEqualTo("80");
    assertThat(sysctl.path("net.ipv4.ping_group_range").asText()).isEqualTo("0 2147483647");
    assertThat(sysctl.path("kernel.domainname").asText()).isEqualTo("example.org");
    assertThat(json().path("hostname").asText()).isEqualTo("h.example.org");
  }

  @Test
  void execIsLikeTheMainProcessExceptWhereItSaysOtherwise() {
    hostConfig.put("CapDrop", List.of("ALL"));
    config.put("WorkingDir", "/work");
    OciSpec.ContainerProcess main = plan().specification().process();
    ContainerConfig container = TestHost.fromDocker(config, ContainerConfig.class);
    ContainerUser user = new ContainerUser(7, 8, List.of(8), "/home/x");
    OciSpec.ContainerProcess same =
        ExecPlan.of(
            container,
            main,
            new ExecSpec(List.of("ls"), List.of(), null, null, false, false, false, null),
            user,
            host);
    assertThat(same.cwd()).isEqualTo("/work");
    assertThat(same.capabilities().bounding()).isEmpty();
    assertThat(same.env()).contains("HOME=/home/x");
    OciSpec.ContainerProcess other =
        ExecPlan.of(
            container,
            main,
            new ExecSpec(
                List.of("ls"),
                List.of("B=2"),
                "x",
                "/tmp/../etc",
                true,
                true,
                true,
                List.of(24, 80)),
            user,
            host);
    assertThat(other.cwd()).isEqualTo("/etc");
    assertThat(other.capabilities().bounding()).hasSize(41);
    assertThat(other.env()).contains("TERM=xterm", "B=2");
    assertThat(other.consoleSize()).isEqualTo(new OciSpec.ConsoleSize(24, 80));
  }
}
