package dev.flota.api.docker.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The machine that the daemon runs on.
 *
 * @param kernel release, {@code 6.12.9-amd64}
 * @param operatingSystem PRETTY_NAME of os-release(5)
 * @param operatingSystemVersion VERSION_ID of os-release(5)
 * @param uname machine name of uname(2), {@code x86_64}
 * @param architecture Go's name, {@code amd64}
 * @param memory bytes
 * @param cgroupVersion 1 or 2
 */
record Machine(
    String kernel,
    String operatingSystem,
    String operatingSystemVersion,
    String uname,
    String architecture,
    int processors,
    long memory,
    int cgroupVersion) {

  /** Looks at this machine. */
  static Machine read() {
    return read(Path.of("/"));
  }

  static Machine read(Path root) {
    String java = System.getProperty("os.arch");
    List<String> release = lines(root.resolve("etc/os-release"));
    boolean unified = Files.exists(root.resolve("sys/fs/cgroup/cgroup.controllers"));
    return new Machine(
        System.getProperty("os.version"),
        value(release, "PRETTY_NAME").orElse("Linux"),
        value(release, "VERSION_ID").orElse(""),
        java.equals("amd64") ? "x86_64" : java,
        java.equals("aarch64") ? "arm64" : java,
        Runtime.getRuntime().availableProcessors(),
        memory(lines(root.resolve("proc/meminfo"))),
        unified ? 2 : 1);
  }

  private static Optional<String> value(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key + "="))
        .map(line -> line.substring(key.length() + 1).replace("\"", ""))
        .findFirst();
  }

  private static long memory(List<String> meminfo) {
    return meminfo.stream()
        .filter(line -> line.startsWith("MemTotal:"))
        .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElse(0L);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
