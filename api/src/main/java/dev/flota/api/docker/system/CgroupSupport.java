package dev.flota.api.docker.system;

import java.nio.file.Files;
import java.nio.file.Path;

/** Which limits the machine's cgroups can enforce, for {@code docker info}. */
record CgroupSupport(
    boolean memory,
    boolean swap,
    boolean oomKillDisable,
    boolean cpu,
    boolean cpuset,
    boolean pids) {

  static CgroupSupport read(Path root) {
    Path cgroups = root.resolve("sys/fs/cgroup");
    return Files.exists(cgroups.resolve("cgroup.controllers"))
        ? unified(cgroups)
        : separate(cgroups);
  }

  private static CgroupSupport unified(Path cgroups) {
    String controllers = " " + text(cgroups.resolve("cgroup.controllers")) + " ";
    boolean memory = controllers.contains(" memory ");
    return new CgroupSupport(
        memory,
        memory,
        false,
        controllers.contains(" cpu "),
        controllers.contains(" cpuset "),
        controllers.contains(" pids "));
  }

  private static CgroupSupport separate(Path cgroups) {
    Path memory = cgroups.resolve("memory");
    return new CgroupSupport(
        Files.exists(memory.resolve("memory.limit_in_bytes")),
        Files.exists(memory.resolve("memory.memsw.limit_in_bytes")),
        Files.exists(memory.resolve("memory.oom_control")),
        Files.exists(cgroups.resolve("cpu/cpu.cfs_quota_us")),
        Files.exists(cgroups.resolve("cpuset")),
        Files.exists(cgroups.resolve("pids")));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
