package dev.flota.api.docker.system;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.api.docker.ApiVersion;
import dev.flota.api.docker.Rfc3339;
import dev.flota.cluster.Fleet.Counts;
import dev.flota.engine.EngineSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * {@code SystemInfo} of the Docker Engine API v1.50.
 *
 * @param programs by name: the runtimes, conmon and the init
 */
record InfoJson(
    DaemonInfo daemon,
    EngineSettings settings,
    Machine machine,
    CgroupSupport cgroups,
    Map<String, Program> programs,
    Counts counts,
    List<String> warnings,
    ApiVersion version) {

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("ID", id());
    counts(json);
    json.writeStringField("Driver", "overlay2");
    driverStatus(json);
    plugins(json);
    limits(json);
    json.writeBooleanField("IPv4Forwarding", true);
    json.writeBooleanField("Debug", false);
    json.writeNumberField("NFd", openFiles());
    json.writeBooleanField("OomKillDisable", cgroups.oomKillDisable());
    json.writeNumberField("NGoroutines", Thread.activeCount());
    json.writeStringField("SystemTime", Rfc3339.format(Instant.now()));
    json.writeStringField("LoggingDriver", "json-file");
    json.writeStringField("CgroupDriver", "cgroupfs");
    json.writeStringField("CgroupVersion", Integer.toString(machine.cgroupVersion()));
    json.writeNumberField("NEventsListener", 0);
    host(json);
    registries(json);
    json.writeStringField("DockerRootDir", settings.stateDir().toString());
    json.writeStringField("HttpProxy", "");
    json.writeStringField("HttpsProxy", "");
    json.writeStringField("NoProxy", "");
    json.writeStringField("Name", settings.hostName());
    json.writePOJOField("Labels", List.of());
    json.writeBooleanField("ExperimentalBuild", false);
    json.writeStringField("ServerVersion", daemon.version());
    runtimes(json);
    swarm(json);
    json.writeBooleanField("LiveRestoreEnabled", true);
    json.writeStringField("Isolation", "");
    json.writeStringField("InitBinary", fileName(settings.init()));
    commit(json, "ContainerdCommit", "conmon " + programVersion("conmon"));
    commit(json, "RuncCommit", programVersion("runc"));
    commit(json, "InitCommit", programVersion("init"));
    json.writePOJOField("SecurityOptions", securityOptions());
    if (version.atLeast(49)) {
      json.writeObjectFieldStart("FirewallBackend");
      json.writeStringField("Driver", "nftables");
      json.writeEndObject();
    }
    json.writePOJOField("CDISpecDirs", List.of());
    json.writePOJOField("Warnings", warnings);
    json.writeEndObject();
  }

  /** The same after every restart of the daemon on this state. */
  private String id() {
    String seed = settings.hostName() + ":" + settings.stateDir();
    return UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.UTF_8)).toString();
  }

  private void counts(JsonGenerator json) throws IOException {
    json.writeNumberField("Containers", counts.containers());
    json.writeNumberField("ContainersRunning", counts.running());
    json.writeNumberField("ContainersPaused", counts.paused());
    json.writeNumberField("ContainersStopped", counts.stopped());
    json.writeNumberField("Images", counts.images());
  }

  private void driverStatus(JsonGenerator json) throws IOException {
    json.writePOJOField(
        "DriverStatus",
        List.of(
            List.of("Backing Filesystem", backingFileSystem()),
            List.of("Supports d_type", "true"),
            List.of("Using metacopy", "false"),
            List.of("Native Overlay Diff", "true"),
            List.of("userxattr", "false")));
  }

  private String backingFileSystem() throws IOException {
    String type =
        Files.exists(settings.stateDir()) ? Files.getFileStore(settings.stateDir()).type() : "";
    return type.startsWith("ext") ? "extfs" : type;
  }

  private static void plugins(JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("Plugins");
    json.writePOJOField("Volume", List.of("local"));
    json.writePOJOField("Network", List.of("bridge", "host", "null", "overlay"));
    json.writeNullField("Authorization");
    json.writePOJOField("Log", List.of("json-file", "local", "none"));
    json.writeEndObject();
  }

  private void limits(JsonGenerator json) throws IOException {
    json.writeBooleanField("MemoryLimit", cgroups.memory());
    json.writeBooleanField("SwapLimit", cgroups.swap());
    json.writeBooleanField("CpuCfsPeriod", cgroups.cpu());
    json.writeBooleanField("CpuCfsQuota", cgroups.cpu());
    json.writeBooleanField("CPUShares", cgroups.cpu());
    json.writeBooleanField("CPUSet", cgroups.cpuset());
    json.writeBooleanField("PidsLimit", cgroups.pids());
    if (!version.atLeast(50)) {
      json.writeBooleanField("BridgeNfIptables", false);
      json.writeBooleanField("BridgeNfIp6tables", false);
    }
  }

  private static int openFiles() {
    String[] files = Path.of("/proc/self/fd").toFile().list();
    return files == null ? 0 : files.length;
  }

  private void host(JsonGenerator json) throws IOException {
    json.writeStringField("KernelVersion", machine.kernel());
    json.writeStringField("OperatingSystem", machine.operatingSystem());
    json.writeStringField("OSVersion", machine.operatingSystemVersion());
    json.writeStringField("OSType", "linux");
    json.writeStringField("Architecture", machine.uname());
    json.writeNumberField("NCPU", machine.processors());
    json.writeNumberField("MemTotal", machine.memory());
    json.writeStringField("IndexServerAddress", "https://index.docker.io/v1/");
    json.writeNullField("GenericResources");
  }

  private void registries(JsonGenerator json) throws IOException {
    EngineSettings.Registry registry = settings.registry();
    List<String> networks =
        registry.insecure().stream().filter(entry -> entry.contains("/")).toList();
    json.writeObjectFieldStart("RegistryConfig");
    json.writeObjectFieldStart("IndexConfigs");
    index(json, "docker.io", registry.mirrors(), true, true);
    for (String entry : registry.insecure()) {
      if (!entry.contains("/")) {
        index(json, entry, List.of(), false, false);
      }
    }
    json.writeEndObject();
    json.writeArrayFieldStart("InsecureRegistryCIDRs");
    json.writeString("127.0.0.0/8");
    for (String network : networks) {
      json.writeString(network);
    }
    json.writeEndArray();
    json.writePOJOField("Mirrors", registry.mirrors());
    json.writeEndObject();
  }

  private static void index(
      JsonGenerator json, String name, List<String> mirrors, boolean official, boolean secure)
      throws IOException {
    json.writeObjectFieldStart(name);
    json.writePOJOField("Mirrors", mirrors);
    json.writeStringField("Name", name);
    json.writeBooleanField("Official", official);
    json.writeBooleanField("Secure", secure);
    json.writeEndObject();
  }

  private void runtimes(JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("Runtimes");
    for (Map.Entry<String, Path> runtime : settings.runtimes().entrySet()) {
      json.writeObjectFieldStart(runtime.getKey());
      json.writeStringField("path", runtime.getValue().toString());
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeStringField("DefaultRuntime", settings.defaultRuntime());
  }

  private static void swarm(JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("Swarm");
    json.writeStringField("NodeID", "");
    json.writeStringField("NodeAddr", "");
    json.writeStringField("LocalNodeState", "inactive");
    json.writeBooleanField("ControlAvailable", false);
    json.writeStringField("Error", "");
    json.writeNullField("RemoteManagers");
    json.writeEndObject();
  }

  private static void commit(JsonGenerator json, String field, String id) throws IOException {
    json.writeObjectFieldStart(field);
    json.writeStringField("ID", id);
    json.writeEndObject();
  }

  private String programVersion(String name) {
    Program program = programs.get(name);
    return program == null ? "" : program.version();
  }

  private static String fileName(Path path) {
    Path name = path.getFileName();
    return name == null ? path.toString() : name.toString();
  }

  private List<String> securityOptions() {
    return machine.cgroupVersion() == 2
        ? List.of("name=seccomp,profile=builtin", "name=cgroupns")
        : List.of("name=seccomp,profile=builtin");
  }
}
