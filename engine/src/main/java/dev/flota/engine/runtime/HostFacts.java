package dev.flota.engine.runtime;

import dev.flota.engine.linux.ProcessFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What this machine can give to containers.
 *
 * @param arch as Docker names it, {@code amd64}
 * @param unified whether cgroup version 2 is in use
 * @param controllers cgroup controllers that can be used
 * @param swapAccounting whether memory and swap together can be limited
 * @param bounding capabilities that can be handed on
 * @param hardLimits this process's hard resource limits by OCI type, {@code -1} for none
 * @param oomScoreAdjust this process's own
 * @param cpus usable processors
 * @param cpuset the processors' numbers as a list of ranges
 * @param memoryNodes the memory nodes' numbers as a list of ranges
 */
record HostFacts(
    String arch,
    int kernelMajor,
    int kernelMinor,
    boolean unified,
    Set<String> controllers,
    boolean swapAccounting,
    Set<String> bounding,
    Map<String, Long> hardLimits,
    int oomScoreAdjust,
    int cpus,
    String cpuset,
    String memoryNodes) {

  /** Names by the numbers of {@code RLIMIT_…} on amd64 and arm64. */
  static final List<String> LIMITS =
      List.of(
          "CPU",
          "FSIZE",
          "DATA",
          "STACK",
          "CORE",
          "RSS",
          "NPROC",
          "NOFILE",
          "MEMLOCK",
          "AS",
          "LOCKS",
          "SIGPENDING",
          "MSGQUEUE",
          "NICE",
          "RTPRIO",
          "RTTIME");

  /** Looks at this machine. */
  static HostFacts read(Cgroups cgroups) {
    String[] kernel = System.getProperty("os.version").split("[.-]", -1);
    return new HostFacts(
        dockerArchitecture(System.getProperty("os.arch")),
        Integer.parseInt(kernel[0]),
        Integer.parseInt(kernel[1]),
        cgroups.unified(),
        cgroups.controllers(),
        cgroups.swapAccounting(),
        readBoundingSet(),
        readHardLimits(),
        Integer.parseInt(line(Path.of("/proc/self/oom_score_adj"))),
        Runtime.getRuntime().availableProcessors(),
        line(Path.of("/sys/devices/system/cpu/online")),
        Files.exists(NODES) ? line(NODES) : "0");
  }

  private static final Path NODES = Path.of("/sys/devices/system/node/online");

  /** Whether limits can be raised and processes protected from the out-of-memory killer. */
  boolean mayRaiseLimits() {
    return bounding.contains("CAP_SYS_RESOURCE");
  }

  /** Whether mounts can be made read-only together with those below them (mount_setattr). */
  boolean recursiveReadOnly() {
    return kernelMajor > 5 || (kernelMajor == 5 && kernelMinor >= 12);
  }

  private static String dockerArchitecture(String javaName) {
    return switch (javaName) {
      case "aarch64" -> "arm64";
      case "x86_64" -> "amd64";
      default -> javaName;
    };
  }

  private static Set<String> readBoundingSet() {
    Set<String> names = new LinkedHashSet<>();
    for (int number = 0; number < Capabilities.ALL.size(); number++) {
      if (ProcessFacts.bounding(number)) {
        names.add(Capabilities.ALL.get(number));
      }
    }
    return names;
  }

  private static Map<String, Long> readHardLimits() {
    Map<String, Long> limits = new LinkedHashMap<>();
    for (int number = 0; number < LIMITS.size(); number++) {
      limits.put("RLIMIT_" + LIMITS.get(number), ProcessFacts.limit(number).hard());
    }
    return limits;
  }

  private static String line(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
