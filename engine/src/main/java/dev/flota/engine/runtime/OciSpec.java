package dev.flota.engine.runtime;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A container as the OCI runtime specification 1.1 describes it: {@code config.json}. */
record OciSpec(
    String ociVersion,
    ContainerProcess process,
    Root root,
    @Nullable String hostname,
    List<Mount> mounts,
    @Nullable Map<String, String> annotations,
    Linux linux) {

  /** The same with annotations more. */
  OciSpec annotated(Map<String, String> more) {
    if (more.isEmpty()) {
      return this;
    }
    Map<String, String> all = new TreeMap<>(more);
    if (annotations != null) {
      annotations.forEach(all::putIfAbsent);
    }
    return new OciSpec(ociVersion, process, root, hostname, mounts, all, linux);
  }

  /** A process to run. */
  record ContainerProcess(
      boolean terminal,
      @Nullable ConsoleSize consoleSize,
      User user,
      List<String> args,
      List<String> env,
      String cwd,
      CapabilitySets capabilities,
      @Nullable List<Rlimit> rlimits,
      boolean noNewPrivileges,
      @Nullable Integer oomScoreAdj) {}

  /** Of a terminal. */
  record ConsoleSize(int height, int width) {}

  /** Numbers. */
  record User(int uid, int gid, List<Integer> additionalGids) {}

  /** Neither inheritable nor ambient ones are ever given. */
  record CapabilitySets(List<String> bounding, List<String> effective, List<String> permitted) {}

  /** Unsigned. */
  record Rlimit(String type, BigInteger hard, BigInteger soft) {}

  /** The root file system. */
  record Root(String path, boolean readonly) {}

  /** One mount. */
  record Mount(String destination, String type, String source, List<String> options) {}

  /** What is specific to Linux. */
  record Linux(
      List<Namespace> namespaces,
      @Nullable List<Device> devices,
      String cgroupsPath,
      Resources resources,
      @Nullable String rootfsPropagation,
      @Nullable JsonNode seccomp,
      @Nullable Map<String, String> sysctl,
      @Nullable List<String> maskedPaths,
      @Nullable List<String> readonlyPaths) {}

  /** A new one, or the one of {@code path}. */
  record Namespace(String type, @Nullable String path) {}

  /** A device node. */
  record Device(
      String path,
      String type,
      long major,
      long minor,
      @Nullable Integer fileMode,
      @Nullable Integer uid,
      @Nullable Integer gid) {}

  /** Control group limits. */
  record Resources(
      List<DeviceRule> devices,
      @Nullable Memory memory,
      @Nullable Cpu cpu,
      @Nullable Pids pids,
      @Nullable BlockIo blockIO) {}

  /** {@code null} numbers are wildcards. */
  record DeviceRule(
      boolean allow,
      @Nullable String type,
      @Nullable Long major,
      @Nullable Long minor,
      @Nullable String access) {}

  /** Bytes. */
  record Memory(
      @Nullable Long limit,
      @Nullable Long reservation,
      @Nullable Long swap,
      @Nullable Long swappiness,
      @JsonProperty("disableOOMKiller") @Nullable Boolean disableOomKiller) {}

  /** Microseconds. */
  record Cpu(
      @Nullable Long shares,
      @Nullable Long quota,
      @Nullable Long period,
      @Nullable Long realtimeRuntime,
      @Nullable Long realtimePeriod,
      @Nullable String cpus,
      @Nullable String mems) {}

  /** A number of tasks. */
  record Pids(long limit) {}

  /** Block devices. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  record BlockIo(
      @Nullable Integer weight,
      List<WeightDevice> weightDevice,
      List<Throttle> throttleReadBpsDevice,
      List<Throttle> throttleWriteBpsDevice,
      @JsonProperty("throttleReadIOPSDevice") List<Throttle> throttleReadIopsDevice,
      @JsonProperty("throttleWriteIOPSDevice") List<Throttle> throttleWriteIopsDevice) {}

  /** A device's share. */
  record WeightDevice(long major, long minor, int weight) {}

  /** A device's limit. */
  record Throttle(long major, long minor, long rate) {}
}
