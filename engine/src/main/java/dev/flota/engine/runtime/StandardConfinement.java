package dev.flota.engine.runtime;

import java.util.List;

/** What every container gets that is not privileged and asks for nothing else: Docker's values. */
public final class StandardConfinement {
  /** Size of {@code /dev/shm} in bytes. */
  public static final long SHM_BYTES = 64L << 20;

  /** Paths below which a container sees nothing. */
  public static final List<String> MASKED_PATHS =
      List.of(
          "/proc/asound",
          "/proc/acpi",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware",
          "/sys/devices/virtual/powercap");

  /** Paths a container may only read. */
  public static final List<String> READONLY_PATHS =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private StandardConfinement() {}
}
