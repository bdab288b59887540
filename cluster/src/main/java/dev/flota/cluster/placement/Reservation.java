package dev.flota.cluster.placement;

import dev.flota.engine.spec.HostConfig;

/**
 * What a container wants for itself. The sum over a host's containers never exceeds what the host
 * has; a container without reservations always finds room.
 *
 * @param nanoCpus billionths of a CPU; 0 is none
 * @param memory bytes; 0 is none
 */
public record Reservation(long nanoCpus, long memory) {
  /** Nothing reserved. */
  public static final Reservation NONE = new Reservation(0, 0);

  private static final long SURE_NANO_CPUS = 100_000_000;
  private static final long SURE_MEMORY = 128L << 20;
  private static final long DEFAULT_PERIOD = 100_000;
  private static final double NANOS = 1e9;

  /** Negative values, such as a quota of -1, are none. */
  public Reservation {
    nanoCpus = Math.max(0, nanoCpus);
    memory = Math.max(0, memory);
  }

  /**
   * {@code --cpus} (or a CPU quota) and {@code --memory-reservation}, without which {@code
   * --memory} counts.
   */
  public static Reservation of(HostConfig config) {
    return new Reservation(
        config.nanoCpus() > 0 ? config.nanoCpus() : quota(config),
        config.memoryReservation() > 0 ? config.memoryReservation() : config.memory());
  }

  private static long quota(HostConfig config) {
    long period = config.cpuPeriod() > 0 ? config.cpuPeriod() : DEFAULT_PERIOD;
    return (long) (NANOS * config.cpuQuota() / period);
  }

  /**
   * What it counts for when hosts are compared: where nothing is reserved a tenth of a CPU and 128
   * MiB, so that such containers are spread too.
   */
  Reservation weight() {
    return new Reservation(
        nanoCpus == 0 ? SURE_NANO_CPUS : nanoCpus, memory == 0 ? SURE_MEMORY : memory);
  }

  /** Both together. */
  public Reservation plus(Reservation other) {
    return new Reservation(nanoCpus + other.nanoCpus, memory + other.memory);
  }
}
