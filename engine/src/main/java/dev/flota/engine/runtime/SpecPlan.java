package dev.flota.engine.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.linux.MountTable;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.HostConfig;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A container as the OCI runtime gets it: Docker's defaults, changed by what the user asked for,
 * limited to what this machine has. Everything here is decided from the input alone.
 *
 * @param warnings what was left out
 */
record SpecPlan(OciSpec specification, List<String> warnings) {
  private static final String OCI_VERSION = "1.0.2";
  private static final BigInteger UNLIMITED = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  /**
   * What it is made from.
   *
   * @param root the mounted root file system
   * @param sharedMemory host directory shown as {@code /dev/shm}; {@code null} for a private one
   * @param networkSysctls whether the kernel knows the network settings that Docker relaxes
   */
  record Input(
      Launch launch,
      Path root,
      ContainerUser user,
      HostFacts host,
      DevicePlan devices,
      Supplier<MountTable> mounts,
      String cgroup,
      Path init,
      @Nullable Path sharedMemory,
      boolean networkSysctls) {

    private ContainerConfig config() {
      return launch.record().config();
    }

    private HostConfig hostConfig() {
      return launch.record().hostConfig();
    }

    private boolean ownPids() {
      String mode = text(hostConfig().pidMode());
      return !mode.equals("host") && !mode.startsWith("container:");
    }

    private boolean withInit() {
      return Boolean.TRUE.equals(hostConfig().init()) && ownPids();
    }
  }

  /**
   * Plans.
   *
   * @throws EngineException INVALID, in Docker's words
   */
  static SpecPlan of(Input input) {
    List<String> warnings = new ArrayList<>();
    SecurityOptions security = SecurityOptions.parse(list(input.hostConfig().securityOpt()));
    ResourcePlan resources = ResourcePlan.of(input.hostConfig(), input.host());
    warnings.addAll(resources.warnings());
    warnings.addAll(ignored(security));
    List<String> capabilities = capabilities(input, warnings);
    MountPlan mounts = mounts(input, security);
    OciSpec specification =
        new OciSpec(
            OCI_VERSION,
            process(input, security, capabilities, warnings),
            new OciSpec.Root(input.root().toString(), input.hostConfig().readonlyRootfs()),
            hostname(input),
            mounts.mounts(),
            input.hostConfig().annotations(),
            linux(input, security, resources, capabilities, mounts));
    return new SpecPlan(specification, List.copyOf(warnings));
  }

  /** What is not done for options that need a security module. */
  static List<String> ignored(SecurityOptions security) {
    return security.ignored().stream()
        .map(
            option ->
                "security option \"" + option + "\" is ignored: no such module is set up here")
        .toList();
  }

  /** A capability that is left out. */
  static String lacking(String capability) {
    return "this machine lacks the capability " + capability + ": left out";
  }

  private static List<String> capabilities(Input input, List<String> warnings) {
    HostConfig host = input.hostConfig();
    List<String> requested =
        Capabilities.requested(list(host.capAdd()), list(host.capDrop()), host.privileged());
    List<String> available = Capabilities.available(requested, input.host().bounding());
    requested.stream()
        .filter(name -> !available.contains(name))
        .map(SpecPlan::lacking)
        .forEach(warnings::add);
    return available;
  }

  private static OciSpec.ContainerProcess process(
      Input input, SecurityOptions security, List<String> capabilities, List<String> warnings) {
    ContainerConfig config = input.config();
    List<String> command = new ArrayList<>(list(config.entrypoint()));
    command.addAll(list(config.cmd()));
    ContainerUser user = input.user();
    return new OciSpec.ContainerProcess(
        config.tty(),
        consoleSize(config.tty(), input.hostConfig().consoleSize()),
        new OciSpec.User(user.uid(), user.gid(), user.groups()),
        input.withInit() ? InitProcess.before(command) : command,
        Environment.of(config, config.tty(), List.of(), user.home()),
        workingDirectory(config),
        new OciSpec.CapabilitySets(capabilities, capabilities, capabilities),
        rlimits(input, warnings),
        security.noNewPrivileges(),
        oomScore(input, warnings));
  }

  /** Where the command starts. */
  static String workingDirectory(ContainerConfig config) {
    String directory = text(config.workingDir());
    return Path.of("/").resolve(directory).normalize().toString();
  }

  /** Zero means not known. */
  static OciSpec.@Nullable ConsoleSize consoleSize(
      boolean terminal, @Nullable List<Integer> rowsAndColumns) {
    if (!terminal || rowsAndColumns == null || rowsAndColumns.size() != 2) {
      return null;
    }
    int rows = rowsAndColumns.getFirst();
    int columns = rowsAndColumns.getLast();
    return rows > 0 && columns > 0 ? new OciSpec.ConsoleSize(rows, columns) : null;
  }

  private static @Nullable List<OciSpec.Rlimit> rlimits(Input input, List<String> warnings) {
    List<OciSpec.Rlimit> limits = new ArrayList<>();
    for (HostConfig.Ulimit wanted : list(input.hostConfig().ulimits())) {
      String type = "RLIMIT_" + wanted.name().toUpperCase(Locale.ROOT);
      Long ceiling = input.host().hardLimits().get(type);
      if (ceiling == null) {
        throw EngineException.invalid("invalid ulimit type: " + wanted.name());
      }
      BigInteger hard = limit(wanted.hard());
      BigInteger soft = limit(wanted.soft());
      BigInteger possible = input.host().mayRaiseLimits() ? UNLIMITED : limit(ceiling);
      if (hard.compareTo(possible) > 0) {
        warnings.add(
            "this machine cannot raise the limit %s to %s: lowered to %s"
                .formatted(wanted.name(), hard, possible));
      }
      limits.add(new OciSpec.Rlimit(type, hard.min(possible), soft.min(possible)));
    }
    return limits.isEmpty() ? null : limits;
  }

  private static BigInteger limit(long value) {
    return value < 0 ? UNLIMITED : BigInteger.valueOf(value);
  }

  private static @Nullable Integer oomScore(Input input, List<String> warnings) {
    int wanted = input.hostConfig().oomScoreAdj();
    int own = input.host().oomScoreAdjust();
    if (wanted >= own || input.host().mayRaiseLimits()) {
      return wanted;
    }
    if (wanted != 0) {
      warnings.add(
          "this machine cannot lower the out-of-memory score to %d: %d stays"
              .formatted(wanted, own));
    }
    return null;
  }

  private static MountPlan mounts(Input input, SecurityOptions security) {
    Map<String, Path> networkFiles = new LinkedHashMap<>();
    networkFiles.put("/etc/resolv.conf", input.launch().resolvFile());
    networkFiles.put("/etc/hostname", input.launch().hostnameFile());
    networkFiles.put("/etc/hosts", input.launch().hostsFile());
    return MountPlan.of(
        new MountPlan.Input(
            input.hostConfig(),
            input.launch().mounts(),
            networkFiles,
            input.sharedMemory(),
            input.withInit() ? input.init() : null,
            security.writableCgroups(),
            input.host().recursiveReadOnly(),
            input.mounts()));
  }

  private static OciSpec.Linux linux(
      Input input,
      SecurityOptions security,
      ResourcePlan resources,
      List<String> capabilities,
      MountPlan mounts) {
    HostConfig host = input.hostConfig();
    DevicePlan devices = input.devices();
    boolean privileged = host.privileged();
    return new OciSpec.Linux(
        namespaces(input),
        devices.nodes().isEmpty() ? null : devices.nodes(),
        input.cgroup(),
        new OciSpec.Resources(
            devices.rules(),
            resources.memory(),
            resources.cpu(),
            resources.pids(),
            devices.blockIo()),
        mounts.rootPropagation(),
        seccomp(input, security, capabilities),
        sysctls(input),
        paths(host.maskedPaths(), privileged, StandardConfinement.MASKED_PATHS),
        paths(host.readonlyPaths(), privileged, StandardConfinement.READONLY_PATHS));
  }

  private static @Nullable List<String> paths(
      @Nullable List<String> asked, boolean privileged, List<String> standard) {
    if (privileged) {
      return null;
    }
    return asked == null ? standard : asked;
  }

  private static List<OciSpec.Namespace> namespaces(Input input) {
    List<OciSpec.Namespace> namespaces = new ArrayList<>();
    HostConfig host = input.hostConfig();
    namespaces.add(new OciSpec.Namespace("mount", null));
    if (!input.launch().hostNetwork()) {
      Path netns = input.launch().netns();
      namespaces.add(new OciSpec.Namespace("network", netns == null ? null : netns.toString()));
    }
    if (!text(host.utsMode()).equals("host")) {
      namespaces.add(new OciSpec.Namespace("uts", null));
    }
    if (!text(host.pidMode()).equals("host")) {
      namespaces.add(joined("pid", input.launch().shared().pid()));
    }
    if (!text(host.ipcMode()).equals("host")) {
      namespaces.add(joined("ipc", input.launch().shared().ipc()));
    }
    if (ownCgroups(host, input.host())) {
      namespaces.add(new OciSpec.Namespace("cgroup", null));
    }
    return namespaces;
  }

  private static OciSpec.Namespace joined(String type, SharedNamespaces.@Nullable Peer peer) {
    return new OciSpec.Namespace(type, peer == null ? null : "/proc/" + peer.pid() + "/ns/" + type);
  }

  private static boolean ownCgroups(HostConfig config, HostFacts host) {
    return switch (text(config.cgroupnsMode())) {
      case "private" -> true;
      case "host" -> false;
      default -> host.unified();
    };
  }

  private static @Nullable String hostname(Input input) {
    if (text(input.hostConfig().utsMode()).equals("host")) {
      return null;
    }
    ContainerConfig config = input.config();
    String domain = text(config.domainname());
    String name = text(config.hostname());
    return domain.isEmpty() ? name : name + "." + domain;
  }

  private static @Nullable JsonNode seccomp(
      Input input, SecurityOptions security, List<String> capabilities) {
    String asked = security.seccomp();
    if ("unconfined".equals(asked) || (asked == null && input.hostConfig().privileged())) {
      return null;
    }
    SeccompProfile profile =
        asked == null || asked.isEmpty() || asked.equals("builtin")
            ? SeccompProfile.builtIn()
            : SeccompProfile.parse(asked);
    HostFacts host = input.host();
    return profile.toOci(
        new SeccompProfile.Target(
            host.arch(),
            host.kernelMajor(),
            host.kernelMinor(),
            new LinkedHashSet<>(capabilities)));
  }

  private static @Nullable Map<String, String> sysctls(Input input) {
    Map<String, String> sysctls = new TreeMap<>();
    if (ownNetwork(input)) {
      sysctls.put("net.ipv4.ping_group_range", "0 2147483647");
      sysctls.put("net.ipv4.ip_unprivileged_port_start", "0");
    }
    String domain = text(input.config().domainname());
    if (!domain.isEmpty() && !text(input.hostConfig().utsMode()).equals("host")) {
      sysctls.put("kernel.domainname", domain);
    }
    Map<String, String> asked = input.hostConfig().sysctls();
    if (asked != null) {
      sysctls.putAll(asked);
    }
    return sysctls.isEmpty() ? null : sysctls;
  }

  private static boolean ownNetwork(Input input) {
    return input.networkSysctls()
        && !input.launch().hostNetwork()
        && !input.hostConfig().network().startsWith("container:");
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static <T> List<T> list(@Nullable List<T> values) {
    return values == null ? List.of() : values;
  }
}
