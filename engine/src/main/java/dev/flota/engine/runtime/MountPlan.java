package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.linux.MountTable;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.MountPoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All mounts of a container in the order they are made, parents first.
 *
 * @param rootPropagation of the root file system, when a mount asks for more than private
 */
record MountPlan(List<OciSpec.Mount> mounts, @Nullable String rootPropagation) {
  private static final String PRIVATE = "rprivate";
  private static final List<String> WRITABLE_ANYWAY =
      List.of("/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue");

  /**
   * What it is made from.
   *
   * @param networkFiles sources by destination of the files that the network owns
   * @param sharedMemory host directory to show as {@code /dev/shm}; {@code null} for a private one
   * @param init host path of the init to add; {@code null} for none
   * @param table what is mounted on this host
   */
  record Input(
      HostConfig host,
      List<MountPoint> points,
      Map<String, Path> networkFiles,
      @Nullable Path sharedMemory,
      @Nullable Path init,
      boolean writableCgroups,
      boolean recursiveReadOnly,
      Supplier<MountTable> table) {}

  /**
   * Plans.
   *
   * @throws EngineException INVALID, in Docker's words
   */
  static MountPlan of(Input input) {
    Map<String, OciSpec.Mount> wanted = wanted(input);
    List<OciSpec.Mount> all = new ArrayList<>();
    boolean ownDev = wanted.containsKey("/dev");
    for (OciSpec.Mount standard : standard(input)) {
      boolean hidden = ownDev && Path.of(standard.destination()).startsWith("/dev");
      if (!hidden && !wanted.containsKey(standard.destination())) {
        all.add(standard);
      }
    }
    if (input.host().readonlyRootfs()) {
      all.replaceAll(MountPlan::readOnlyUnlessNeeded);
    }
    wanted.values().stream()
        .sorted(Comparator.comparingInt(mount -> Path.of(mount.destination()).getNameCount()))
        .forEach(all::add);
    if (input.init() != null) {
      all.add(
          new OciSpec.Mount(
              InitProcess.PATH, "bind", input.init().toString(), List.of("bind", "ro")));
    }
    return new MountPlan(List.copyOf(all), rootPropagation(input.points()));
  }

  private static List<OciSpec.Mount> standard(Input input) {
    HostConfig host = input.host();
    boolean open = host.privileged() && !host.readonlyRootfs();
    List<OciSpec.Mount> mounts = new ArrayList<>();
    mounts.add(new OciSpec.Mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")));
    mounts.add(
        new OciSpec.Mount(
            "/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")));
    mounts.add(
        new OciSpec.Mount(
            "/dev/pts",
            "devpts",
            "devpts",
            List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")));
    mounts.add(
        new OciSpec.Mount(
            "/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", open ? "rw" : "ro")));
    boolean cgroupsOpen = open || input.writableCgroups();
    mounts.add(
        new OciSpec.Mount(
            "/sys/fs/cgroup",
            "cgroup",
            "cgroup",
            List.of(cgroupsOpen ? "rw" : "ro", "nosuid", "noexec", "nodev")));
    mounts.add(
        new OciSpec.Mount("/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev")));
    if (!"none".equals(host.ipcMode())) {
      mounts.add(sharedMemory(input));
    }
    return mounts;
  }

  private static OciSpec.Mount sharedMemory(Input input) {
    if (input.sharedMemory() != null) {
      return new OciSpec.Mount(
          "/dev/shm", "bind", input.sharedMemory().toString(), List.of("rbind", PRIVATE));
    }
    return new OciSpec.Mount(
        "/dev/shm",
        "tmpfs",
        "shm",
        List.of("nosuid", "noexec", "nodev", "mode=1777", "size=" + shmBytes(input.host())));
  }

  /** Of {@code /dev/shm}. */
  static long shmBytes(HostConfig host) {
    return host.shmSize() > 0 ? host.shmSize() : StandardConfinement.SHM_BYTES;
  }

  private static OciSpec.Mount readOnlyUnlessNeeded(OciSpec.Mount mount) {
    if (WRITABLE_ANYWAY.contains(mount.destination()) || mount.options().contains("ro")) {
      return mount;
    }
    List<String> options = new ArrayList<>(mount.options());
    options.remove("rw");
    options.add("ro");
    return new OciSpec.Mount(mount.destination(), mount.type(), mount.source(), options);
  }

  /** By destination: what the user asked for goes before the network's files. */
  private static Map<String, OciSpec.Mount> wanted(Input input) {
    Map<String, OciSpec.Mount> mounts = new LinkedHashMap<>();
    String access = input.host().readonlyRootfs() ? "ro" : "rw";
    input
        .networkFiles()
        .forEach(
            (destination, source) ->
                mounts.put(
                    destination,
                    new OciSpec.Mount(
                        destination,
                        "bind",
                        source.toString(),
                        List.of("rbind", access, PRIVATE))));
    tmpfs(input.host()).forEach(mount -> mounts.put(mount.destination(), mount));
    for (MountPoint point : input.points()) {
      if (!point.type().equals("tmpfs")) {
        String destination = clean(point.destination());
        mounts.put(destination, bind(point, destination, input));
      }
    }
    return mounts;
  }

  private static List<OciSpec.Mount> tmpfs(HostConfig host) {
    List<OciSpec.Mount> mounts = new ArrayList<>();
    Map<String, String> simple = host.tmpfs() == null ? Map.of() : host.tmpfs();
    simple.forEach((destination, options) -> mounts.add(tmpfs(destination, split(options))));
    for (HostConfig.MountRequest request : requests(host)) {
      if ("tmpfs".equals(request.type()) && request.target() != null) {
        mounts.add(tmpfs(request.target(), options(request)));
      }
    }
    return mounts;
  }

  private static OciSpec.Mount tmpfs(String destination, List<String> options) {
    List<String> all = new ArrayList<>(List.of("noexec", "nosuid", "nodev", PRIVATE));
    all.addAll(options);
    return new OciSpec.Mount(clean(destination), "tmpfs", "tmpfs", TmpfsOptions.merge(all));
  }

  private static List<String> options(HostConfig.MountRequest request) {
    List<String> options = new ArrayList<>();
    if (Boolean.TRUE.equals(request.readOnly())) {
      options.add("ro");
    }
    HostConfig.TmpfsOptions tmpfs = request.tmpfsOptions();
    if (tmpfs != null && tmpfs.mode() != null && tmpfs.mode() != 0) {
      options.add("mode=" + Integer.toOctalString(tmpfs.mode()));
    }
    if (tmpfs != null && tmpfs.sizeBytes() != null && tmpfs.sizeBytes() != 0) {
      options.add("size=" + tmpfs.sizeBytes());
    }
    return options;
  }

  private static List<String> split(String options) {
    return Arrays.stream(options.split(",", -1)).filter(option -> !option.isEmpty()).toList();
  }

  private static OciSpec.Mount bind(MountPoint point, String destination, Input input) {
    Optional<HostConfig.BindOptions> asked =
        requests(input.host()).stream()
            .filter(request -> request.target() != null)
            .filter(request -> clean(String.valueOf(request.target())).equals(destination))
            .flatMap(request -> Optional.ofNullable(request.bindOptions()).stream())
            .findFirst();
    boolean alone = asked.map(HostConfig.BindOptions::nonRecursive).orElse(false);
    List<String> options = new ArrayList<>();
    options.add(alone ? "bind" : "rbind");
    if (!point.writable()) {
      options.add(readOnly(point, asked, input.recursiveReadOnly()));
    }
    String propagation = point.propagation().isEmpty() ? PRIVATE : point.propagation();
    checkPropagation(point.sourcePath(), propagation, input.table());
    options.add(propagation);
    return new OciSpec.Mount(destination, "bind", point.source(), List.copyOf(options));
  }

  /** {@code rro} makes the mounts below read-only too. */
  private static String readOnly(
      MountPoint point, Optional<HostConfig.BindOptions> asked, boolean kernelCan) {
    boolean alone = asked.map(HostConfig.BindOptions::readOnlyNonRecursive).orElse(false);
    boolean forced = asked.map(HostConfig.BindOptions::readOnlyForceRecursive).orElse(false);
    if (alone && forced) {
      throw EngineException.invalid(
          "mount options conflict: ReadOnlyNonRecursive && ReadOnlyForceRecursive");
    }
    if (forced && !kernelCan) {
      throw EngineException.invalid(
          "recursive read-only mount of " + point.source() + " needs kernel 5.12 or later");
    }
    return alone || !kernelCan ? "ro" : "rro";
  }

  private static void checkPropagation(
      Path source, String propagation, Supplier<MountTable> table) {
    boolean shared = propagation.endsWith("shared");
    boolean slave = propagation.endsWith("slave");
    if (!shared && !slave) {
      return;
    }
    MountTable.Entry mount = table.get().containing(source);
    boolean isShared = mount.propagation().stream().anyMatch(tag -> tag.startsWith("shared:"));
    boolean isSlave = mount.propagation().stream().anyMatch(tag -> tag.startsWith("master:"));
    if (shared && !isShared) {
      throw EngineException.system(
          "path %s is mounted on %s but it is not a shared mount"
              .formatted(source, mount.target()));
    }
    if (slave && !isShared && !isSlave) {
      throw EngineException.system(
          "path %s is mounted on %s but it is not a shared or slave mount"
              .formatted(source, mount.target()));
    }
  }

  private static @Nullable String rootPropagation(List<MountPoint> points) {
    if (points.stream().anyMatch(point -> point.propagation().endsWith("shared"))) {
      return "shared";
    }
    return points.stream().anyMatch(point -> point.propagation().endsWith("slave"))
        ? "rslave"
        : null;
  }

  private static List<HostConfig.MountRequest> requests(HostConfig host) {
    return host.mounts() == null ? List.of() : host.mounts();
  }

  private static String clean(String destination) {
    return Path.of("/").resolve(destination).normalize().toString();
  }
}
