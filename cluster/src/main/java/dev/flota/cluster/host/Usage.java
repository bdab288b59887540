package dev.flota.cluster.host;

import dev.flota.cluster.directory.HostStatus.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Processors and memory of this machine in use, from {@code proc_stat(5)} and {@code
 * proc_meminfo(5)}.
 */
final class Usage {
  private static final Path ACCOUNT = Path.of("/sys/fs/cgroup/cpuacct/cpuacct.usage");
  private static final Path UNIFIED = Path.of("/sys/fs/cgroup/cpu.stat");
  private static final String USAGE = "usage_usec ";
  private static final Path MEMORY = Path.of("/proc/meminfo");

  private long busy;
  private long since;

  /** Since the last call; the first one says nothing of the processors. */
  Resources measure() {
    try {
      double cpus = Runtime.getRuntime().availableProcessors();
      double used = Math.min(cpus, busy());
      List<String> lines = Files.readAllLines(MEMORY);
      long memory = bytes(lines, "MemTotal:");
      return new Resources(cpus, used, memory, memory - bytes(lines, "MemAvailable:"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Processors busy since the last call. */
  private double busy() throws IOException {
    long nowBusy = busyNanos();
    long now = System.nanoTime();
    double share = since == 0 || now == since ? 0 : (double) (nowBusy - busy) / (now - since);
    busy = nowBusy;
    since = now;
    return share;
  }

  /** Of the root cgroup this is the whole machine's, also on a machine that is itself a cgroup. */
  private static long busyNanos() throws IOException {
    if (Files.isReadable(ACCOUNT)) {
      return Long.parseLong(Files.readString(ACCOUNT).strip());
    }
    for (String line : Files.readAllLines(UNIFIED)) {
      if (line.startsWith(USAGE)) {
        return Long.parseLong(line.substring(USAGE.length())) * 1000;
      }
    }
    throw new IOException(UNIFIED + " does not tell the usage");
  }

  private static long bytes(List<String> lines, String field) {
    return lines.stream()
        .filter(line -> line.startsWith(field))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToLong(Long::parseLong)
        .map(kibibytes -> kibibytes * 1024)
        .findFirst()
        .orElse(0);
  }
}
