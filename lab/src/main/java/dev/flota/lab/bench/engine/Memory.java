package dev.flota.lab.bench.engine;

/**
 * Memory of processes in kibibytes.
 *
 * @param resident everything mapped and present; what processes share counts once for each
 * @param proportional the same with shared pages divided among those who share them
 */
public record Memory(long resident, long proportional) {
  static final Memory NONE = new Memory(0, 0);

  private static final double KIBIBYTES_IN_MEGABYTE = 1_000_000 / 1024.0;

  /** Of proc_pid_status(5) and the smaps_rollup of proc_pid_smaps(5). */
  static Memory parse(String status, String smapsRollup) {
    return new Memory(kibibytes(status, "VmRSS:"), kibibytes(smapsRollup, "Pss:"));
  }

  Memory plus(Memory other) {
    return new Memory(resident + other.resident, proportional + other.proportional);
  }

  /** In units of 1,000,000 bytes. */
  public double residentMegabytes() {
    return resident / KIBIBYTES_IN_MEGABYTE;
  }

  /** In units of 1,000,000 bytes. */
  public double proportionalMegabytes() {
    return proportional / KIBIBYTES_IN_MEGABYTE;
  }

  private static long kibibytes(String text, String key) {
    for (String line : text.lines().toList()) {
      if (line.startsWith(key)) {
        return Long.parseLong(line.substring(key.length()).replace("kB", "").strip());
      }
    }
    throw new IllegalArgumentException("no " + key + " in: " + text);
  }
}
