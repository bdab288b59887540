package dev.flota.cluster.placement;

import java.util.Locale;

/** CPUs and bytes in words. */
final class Amounts {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final double NANOS = 1e9;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private Amounts() {}

  /** "0.7", "2"; cut off, not rounded, so that what is free never seems to be enough. */
  static String cpus(long nanoCpus) {
    long milliCpus = Math.max(0, nanoCpus) / NANOS_PER_MILLI;
    return trimmed(String.format(Locale.ROOT, "%.3f", milliCpus / 1e3));
  }

  /** "needs 2 CPUs", "needs 1 CPU". */
  static String cpusWanted(long nanoCpus) {
    String amount = trimmed(String.format(Locale.ROOT, "%.3f", nanoCpus / NANOS));
    return amount + (amount.equals("1") ? " CPU" : " CPUs");
  }

  /** "512MiB", "1.952GiB", as Docker writes them. */
  static String bytes(long bytes) {
    double value = Math.max(0, bytes);
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return trimmed(String.format(Locale.ROOT, "%.3f", value)) + UNITS[unit];
  }

  private static String trimmed(String decimal) {
    return decimal.replaceAll("\\.?0+$", "");
  }
}
