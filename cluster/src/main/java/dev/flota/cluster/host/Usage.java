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
  private static final Path STAT = Path.of("/proc/stat");
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final int IDLE = 3;
  private static final int WAITING = 4;
  private static final int LAST = 7; // guest time is in user time already

  private long busy;
  private long total;

  /** Since the last call; the first one says nothing of the processors. */
  Resources measure() {
    try {
      double cpus = Runtime.getRuntime().availableProcessors();
      double used = cpus * busyShare();
      List<String> lines = Files.readAllLines(MEMORY);
      long memory = bytes(lines, "MemTotal:");
      return new Resources(cpus, used, memory, memory - bytes(lines, "MemAvailable:"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double busyShare() throws IOException {
    String[] words = Files.readAllLines(STAT).getFirst().split(" +", -1);
    long nowTotal = 0;
    long nowIdle = 0;
    for (int i = 0; i <= LAST && i + 1 < words.length; i++) {
      long ticks = Long.parseLong(words[i + 1]);
      nowTotal += ticks;
      nowIdle += i == IDLE || i == WAITING ? ticks : 0;
    }
    long nowBusy = nowTotal - nowIdle;
    double share =
        total == 0 || nowTotal == total ? 0 : (double) (nowBusy - busy) / (nowTotal - total);
    busy = nowBusy;
    total = nowTotal;
    return share;
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
