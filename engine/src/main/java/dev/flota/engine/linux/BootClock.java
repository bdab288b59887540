package dev.flota.engine.linux;

import java.time.Duration;

/**
 * The time since the machine's boot, with the time it slept ({@code CLOCK_BOOTTIME}). Nobody sets
 * it, and all processes of a machine read the same.
 */
public final class BootClock {
  private static final int CLOCK_BOOTTIME = 7;

  private BootClock() {}

  /** How long ago the machine booted. */
  public static Duration now() {
    long[] secondsAndNanos = new long[2]; // struct timespec of 64-bit machines
    if (LibC.clock_gettime(CLOCK_BOOTTIME, secondsAndNanos) < 0) {
      throw LinuxException.last("read the boot clock");
    }
    return Duration.ofSeconds(secondsAndNanos[0], secondsAndNanos[1]);
  }
}
