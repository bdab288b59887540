package dev.flota.engine.spec;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part of a container's specification that depends on the host: {@code HostConfig} of the
 * Docker Engine API v1.50. Sizes are bytes, CPU periods and quotas microseconds. Zero and {@code
 * null} mean "not limited".
 */
@JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
public record HostConfig(
    @Nullable List<String> binds,
    @JsonProperty("ContainerIDFile") @Nullable String containerIdFile,
    @Nullable LogConfig logConfig,
    @Nullable String networkMode,
    @Nullable Map<String, @Nullable List<PortBinding>> portBindings,
    @Nullable RestartPolicy restartPolicy,
    boolean autoRemove,
    @Nullable String volumeDriver,
    @Nullable List<String> volumesFrom,
    @Nullable List<Integer> consoleSize,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, String> annotations,
    @Nullable List<String> capAdd,
    @Nullable List<String> capDrop,
    @Nullable String cgroupnsMode,
    @Nullable List<String> dns,
    @Nullable List<String> dnsOptions,
    @Nullable List<String> dnsSearch,
    @Nullable List<String> extraHosts,
    @Nullable List<String> groupAdd,
    @Nullable String ipcMode,
    @Nullable String cgroup,
    @Nullable List<String> links,
    int oomScoreAdj,
    @Nullable String pidMode,
    boolean privileged,
    boolean publishAllPorts,
    boolean readonlyRootfs,
    @Nullable List<String> securityOpt,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, String> storageOpt,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, String> tmpfs,
    @JsonProperty("UTSMode") @Nullable String utsMode,
    @Nullable String usernsMode,
    long shmSize,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, String> sysctls,
    @Nullable String runtime,
    @Nullable String isolation,
    long cpuShares,
    long memory,
    long nanoCpus,
    @Nullable String cgroupParent,
    int blkioWeight,
    @Nullable List<JsonNode> blkioWeightDevice,
    @Nullable List<ThrottleDevice> blkioDeviceReadBps,
    @Nullable List<ThrottleDevice> blkioDeviceWriteBps,
    @JsonProperty("BlkioDeviceReadIOps") @Nullable List<ThrottleDevice> blkioDeviceReadIops,
    @JsonProperty("BlkioDeviceWriteIOps") @Nullable List<ThrottleDevice> blkioDeviceWriteIops,
    long cpuPeriod,
    long cpuQuota,
    long cpuRealtimePeriod,
    long cpuRealtimeRuntime,
    @Nullable String cpusetCpus,
    @Nullable String cpusetMems,
    @Nullable List<DeviceMapping> devices,
    @Nullable List<String> deviceCgroupRules,
    @Nullable List<JsonNode> deviceRequests,
    long memoryReservation,
    long memorySwap,
    @Nullable Long memorySwappiness,
    @Nullable Boolean oomKillDisable,
    @Nullable Long pidsLimit,
    @Nullable List<Ulimit> ulimits,
    long cpuCount,
    long cpuPercent,
    @JsonProperty("IOMaximumIOps") long ioMaximumIops,
    @JsonProperty("IOMaximumBandwidth") long ioMaximumBandwidth,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<MountRequest> mounts,
    @Nullable List<String> maskedPaths,
    @Nullable List<String> readonlyPaths,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean init) {

  /** Logging driver ({@code json-file}, {@code local}, {@code none}) and its options. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record LogConfig(@Nullable String type, @Nullable Map<String, String> config) {}

  /** One address of the host; an empty {@code hostPort} is any free port, "8000-8010" a range. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record PortBinding(@Nullable String hostIp, @Nullable String hostPort) {}

  /** {@code no}, {@code always}, {@code unless-stopped} or {@code on-failure}. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record RestartPolicy(@Nullable String name, int maximumRetryCount) {}

  /** Bytes or operations per second on a block device. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record ThrottleDevice(@Nullable String path, long rate) {}

  /** A device of the host in the container; permissions are a subset of "rwm". */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record DeviceMapping(
      String pathOnHost, @Nullable String pathInContainer, @Nullable String cgroupPermissions) {}

  /** A resource limit by its short name ({@code nofile}). */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  public record Ulimit(String name, long hard, long soft) {}

  /**
   * {@code --mount}. {@code type} is {@code bind}, {@code volume}, {@code tmpfs}, {@code npipe},
   * {@code cluster} or {@code image}.
   */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record MountRequest(
      @Nullable String type,
      @Nullable String source,
      @Nullable String target,
      @Nullable Boolean readOnly,
      @Nullable String consistency,
      @Nullable BindOptions bindOptions,
      @Nullable VolumeOptions volumeOptions,
      @Nullable TmpfsOptions tmpfsOptions) {}

  /** Options of a bind mount. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record BindOptions(
      @Nullable String propagation,
      @Nullable Boolean nonRecursive,
      @Nullable Boolean createMountpoint,
      @Nullable Boolean readOnlyNonRecursive,
      @Nullable Boolean readOnlyForceRecursive) {}

  /** Options of a volume mount. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record VolumeOptions(
      @Nullable Boolean noCopy,
      @Nullable Map<String, String> labels,
      @Nullable JsonNode driverConfig,
      @Nullable String subpath) {}

  /** Options of a tmpfs mount; size in bytes, mode as file mode bits. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record TmpfsOptions(@Nullable Long sizeBytes, @Nullable Integer mode) {}

  /** The network mode, {@code bridge} when not given. */
  @JsonIgnore
  public String network() {
    String mode = networkMode;
    return mode == null || mode.isEmpty() || mode.equals("default") ? "bridge" : mode;
  }

  /** The restart policy, {@code no} when not given. */
  @JsonIgnore
  public RestartPolicy restart() {
    RestartPolicy policy = restartPolicy;
    return policy == null || policy.name() == null || policy.name().isEmpty()
        ? new RestartPolicy("no", 0)
        : policy;
  }
}
