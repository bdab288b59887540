package dev.flota.engine.runtime;

import dev.flota.engine.linux.MountTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The control group hierarchies of this machine, version 1 or 2 (cgroups(7)). */
final class Cgroups {
  private static final Path STANDARD = Path.of("/sys/fs/cgroup");
  private static final Set<String> CONTROLLERS =
      Set.of(
          "cpu",
          "cpuacct",
          "cpuset",
          "memory",
          "devices",
          "freezer",
          "blkio",
          "pids",
          "io",
          "hugetlb",
          "net_cls",
          "net_prio",
          "perf_event",
          "rdma",
          "misc");

  private final boolean unified;
  private final Map<String, Path> byController;
  private final List<Path> hierarchies;

  private Cgroups(boolean unified, Map<String, Path> byController, List<Path> hierarchies) {
    this.unified = unified;
    this.byController = byController;
    this.hierarchies = hierarchies;
  }

  /** Looks at what is mounted below {@code /sys/fs/cgroup}. */
  static Cgroups detect(MountTable mounts) {
    Map<String, Path> byController = new LinkedHashMap<>();
    Set<Path> hierarchies = new LinkedHashSet<>();
    boolean unified = false;
    for (MountTable.Entry mount : mounts.entries()) {
      if (!mount.target().startsWith(STANDARD)) {
        continue;
      }
      if (mount.type().equals("cgroup2")) {
        unified = mount.target().equals(STANDARD);
        hierarchies.add(mount.target());
      } else if (mount.type().equals("cgroup")) {
        hierarchies.add(mount.target());
        mount.superOptions().stream()
            .filter(CONTROLLERS::contains)
            .forEach(controller -> byController.put(controller, mount.target()));
      }
    }
    if (unified) {
      unifiedControllers().forEach(controller -> byController.put(controller, STANDARD));
    }
    return new Cgroups(unified, byController, List.copyOf(hierarchies));
  }

  private static List<String> unifiedControllers() {
    try {
      return Arrays.asList(
          Files.readString(STANDARD.resolve("cgroup.controllers")).strip().split(" ", -1));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** Whether version 2 is in use, alone. */
  boolean unified() {
    return unified;
  }

  /** What can be limited. */
  Set<String> controllers() {
    return Set.copyOf(byController.keySet());
  }

  /** Whether the kernel accounts for swap. */
  boolean swapAccounting() {
    Path memory = byController.get("memory");
    if (memory == null) {
      return false;
    }
    return unified
        ? Files.exists(Path.of("/proc/swaps"))
        : Files.exists(memory.resolve("memory.memsw.limit_in_bytes"));
  }

  /** A group's directory in each hierarchy, by where that is mounted. */
  Map<Path, Path> directories(String path) {
    Map<Path, Path> directories = new LinkedHashMap<>();
    hierarchies.forEach(mount -> directories.put(mount, mount.resolve(relative(path))));
    return directories;
  }

  private static String relative(String path) {
    return path.startsWith("/") ? path.substring(1) : path;
  }

  /** The group of a container. */
  Cgroup group(String path) {
    String relative = relative(path);
    Map<String, Path> directories = new LinkedHashMap<>();
    byController.forEach(
        (controller, mount) -> directories.put(controller, mount.resolve(relative)));
    return new Cgroup(
        unified, directories, hierarchies.stream().map(mount -> mount.resolve(relative)).toList());
  }

  /**
   * The path of a container's group, as OCI runtimes take it.
   *
   * @param parent of the user or of the settings; whatever it holds, the result has no {@code ..}
   */
  static String pathOf(String parent, String id) {
    return Path.of("/").resolve(parent).normalize().resolve(id).toString();
  }
}
