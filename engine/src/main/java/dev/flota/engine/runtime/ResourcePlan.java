package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.HostConfig;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container's limits on memory, processors and tasks, checked against what this machine can do:
 * what contradicts itself is refused, what the machine lacks is left out with a warning, both in
 * Docker's words.
 */
record ResourcePlan(
    OciSpec.@Nullable Memory memory,
    OciSpec.@Nullable Cpu cpu,
    OciSpec.@Nullable Pids pids,
    List<String> warnings) {

  private static final long MEGABYTE = 1L << 20;
  private static final long MINIMUM_MEMORY = 6 * MEGABYTE;
  private static final long NANO_CPU_PERIOD = 100_000;

  /**
   * Plans.
   *
   * @throws EngineException INVALID
   */
  static ResourcePlan of(HostConfig wanted, HostFacts host) {
    List<String> warnings = new ArrayList<>();
    OciSpec.Memory memory = memory(wanted, host, warnings);
    OciSpec.Cpu cpu = cpu(wanted, host, warnings);
    OciSpec.Pids pids = pids(wanted, host, warnings);
    checkBlockIo(wanted);
    return new ResourcePlan(memory, cpu, pids, List.copyOf(warnings));
  }

  private static OciSpec.@Nullable Memory memory(
      HostConfig wanted, HostFacts host, List<String> warnings) {
    if (wanted.memory() > 0 && wanted.memory() < MINIMUM_MEMORY) {
      throw EngineException.invalid("Minimum memory limit allowed is 6MB");
    }
    checkSwap(wanted);
    checkReservation(wanted);
    boolean possible = host.controllers().contains("memory");
    Long limit = positive(wanted.memory());
    Long reservation = positive(wanted.memoryReservation());
    if (limit != null && !possible) {
      warnings.add(
          "Your kernel does not support memory limit capabilities or the cgroup is not mounted."
              + " Limitation discarded.");
      limit = null;
    }
    if (reservation != null && !possible) {
      warnings.add(
          "Your kernel does not support memory soft limit capabilities or the cgroup is not"
              + " mounted. Limitation discarded.");
      reservation = null;
    }
    Long swap = limit == null ? null : swap(wanted, host, warnings);
    Long swappiness = swappiness(wanted, host, warnings);
    Boolean disableKiller = disableKiller(wanted, host, warnings);
    return limit == null && reservation == null && swappiness == null && disableKiller == null
        ? null
        : new OciSpec.Memory(limit, reservation, swap, swappiness, disableKiller);
  }

  private static void checkSwap(HostConfig wanted) {
    if (wanted.memory() == 0 && wanted.memorySwap() > 0) {
      throw EngineException.invalid(
          "You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    if (wanted.memorySwap() > 0 && wanted.memorySwap() < wanted.memory()) {
      throw EngineException.invalid(
          "Minimum memoryswap limit should be larger than memory limit, see usage");
    }
  }

  private static void checkReservation(HostConfig wanted) {
    long reservation = wanted.memoryReservation();
    if (reservation > 0 && reservation < MINIMUM_MEMORY) {
      throw EngineException.invalid("Minimum memory reservation allowed is 6MB");
    }
    if (reservation > 0 && wanted.memory() > 0 && wanted.memory() < reservation) {
      throw EngineException.invalid(
          "Minimum memory limit can not be less than memory reservation limit, see usage");
    }
  }

  /** Memory and swap together: twice the memory unless given, -1 is no limit on swap. */
  private static @Nullable Long swap(HostConfig wanted, HostFacts host, List<String> warnings) {
    if (!host.swapAccounting()) {
      warnings.add(
          "Your kernel does not support swap limit capabilities or the cgroup is not mounted."
              + " Memory limited without swap.");
      return null;
    }
    return wanted.memorySwap() == 0 ? 2 * wanted.memory() : Long.valueOf(wanted.memorySwap());
  }

  private static @Nullable Long swappiness(
      HostConfig wanted, HostFacts host, List<String> warnings) {
    Long swappiness = wanted.memorySwappiness();
    if (swappiness == null || swappiness == -1) {
      return null;
    }
    if (swappiness < 0 || swappiness > 100) {
      throw EngineException.invalid(
          "Invalid value: " + swappiness + ", valid memory swappiness range is 0-100");
    }
    if (host.unified() || !host.controllers().contains("memory")) {
      warnings.add(
          "Your kernel does not support memory swappiness capabilities or the cgroup is not"
              + " mounted. Memory swappiness discarded.");
      return null;
    }
    return swappiness;
  }

  private static @Nullable Boolean disableKiller(
      HostConfig wanted, HostFacts host, List<String> warnings) {
    if (!Boolean.TRUE.equals(wanted.oomKillDisable())) {
      return null;
    }
    if (host.unified() || !host.controllers().contains("memory")) {
      warnings.add("Your kernel does not support OomKillDisable. OomKillDisable discarded.");
      return null;
    }
    if (wanted.memory() == 0) {
      warnings.add(
          "OOM killer is disabled for the container, but no memory limit is set, this can result"
              + " in the system running out of resources.");
    }
    return true;
  }

  private static OciSpec.@Nullable Cpu cpu(
      HostConfig wanted, HostFacts host, List<String> warnings) {
    checkCpu(wanted, host);
    Long shares = positive(wanted.cpuShares());
    Long quota = wanted.cpuQuota() == 0 ? null : Long.valueOf(wanted.cpuQuota());
    Long period = positive(wanted.cpuPeriod());
    if (wanted.nanoCpus() > 0) {
      period = NANO_CPU_PERIOD;
      quota = wanted.nanoCpus() * NANO_CPU_PERIOD / 1_000_000_000;
    }
    if ((shares != null || quota != null || period != null)
        && !host.controllers().contains("cpu")) {
      warnings.add(
          "Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.");
      shares = null;
      quota = null;
      period = null;
    }
    String cpus = text(wanted.cpusetCpus());
    String nodes = text(wanted.cpusetMems());
    if ((cpus != null || nodes != null) && !host.controllers().contains("cpuset")) {
      warnings.add(
          "Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.");
      cpus = null;
      nodes = null;
    }
    Long realtimeRuntime = positive(wanted.cpuRealtimeRuntime());
    Long realtimePeriod = positive(wanted.cpuRealtimePeriod());
    boolean nothing =
        shares == null
            && quota == null
            && period == null
            && cpus == null
            && nodes == null
            && realtimeRuntime == null
            && realtimePeriod == null;
    return nothing
        ? null
        : new OciSpec.Cpu(shares, quota, period, realtimeRuntime, realtimePeriod, cpus, nodes);
  }

  private static void checkCpu(HostConfig wanted, HostFacts host) {
    long nanos = wanted.nanoCpus();
    if (nanos > 0 && wanted.cpuPeriod() > 0) {
      throw EngineException.invalid(
          "Conflicting options: Nano CPUs and CPU Period cannot both be set.");
    }
    if (nanos > 0 && wanted.cpuQuota() > 0) {
      throw EngineException.invalid(
          "Conflicting options: Nano CPUs and CPU Quota cannot both be set.");
    }
    // the smallest quota the kernel takes is a hundredth of a processor
    if (nanos < 0 || (nanos > 0 && nanos < 10_000_000) || nanos > host.cpus() * 1_000_000_000L) {
      throw EngineException.invalid(
          "range of CPUs is from 0.01 to %d.00, as there are only %d CPUs available"
              .formatted(host.cpus(), host.cpus()));
    }
    if (wanted.cpuShares() < 0) {
      throw EngineException.invalid(
          "invalid CPU shares (" + wanted.cpuShares() + "): value must be a positive integer");
    }
    if (wanted.cpuPeriod() != 0 && (wanted.cpuPeriod() < 1000 || wanted.cpuPeriod() > 1_000_000)) {
      throw EngineException.invalid(
          "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    }
    if (wanted.cpuQuota() > 0 && wanted.cpuQuota() < 1000) {
      throw EngineException.invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
    }
    checkList("cpus", "CPUs", wanted.cpusetCpus(), host.cpuset());
    checkList("mems", "memory nodes", wanted.cpusetMems(), host.memoryNodes());
  }

  private static void checkList(
      String name, String plural, @Nullable String wanted, String available) {
    if (wanted == null || wanted.isEmpty()) {
      return;
    }
    BitSet missing = ranges(wanted, "Invalid value " + wanted + " for cpuset " + name + ".");
    missing.andNot(ranges(available, "unreadable list of " + plural));
    if (!missing.isEmpty()) {
      throw EngineException.invalid(
          "Requested %s are not available - requested %s, available: %s."
              .formatted(plural, wanted, available));
    }
  }

  /** {@code 0-2,7}. */
  private static BitSet ranges(String list, String refusal) {
    BitSet numbers = new BitSet();
    try {
      for (String part : list.split(",", -1)) {
        int dash = part.indexOf('-');
        int first = Integer.parseInt(dash < 0 ? part.strip() : part.substring(0, dash).strip());
        int last = dash < 0 ? first : Integer.parseInt(part.substring(dash + 1).strip());
        if (first < 0 || last < first || last > 8191) {
          throw EngineException.invalid(refusal);
        }
        numbers.set(first, last + 1);
      }
    } catch (NumberFormatException malformed) {
      throw EngineException.invalid(refusal);
    }
    return numbers;
  }

  private static OciSpec.@Nullable Pids pids(
      HostConfig wanted, HostFacts host, List<String> warnings) {
    Long limit = wanted.pidsLimit();
    if (limit == null || limit <= 0) {
      return null;
    }
    if (!host.controllers().contains("pids")) {
      warnings.add(
          "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs"
              + " limit discarded.");
      return null;
    }
    return new OciSpec.Pids(limit);
  }

  private static void checkBlockIo(HostConfig wanted) {
    int weight = wanted.blkioWeight();
    if (weight != 0 && (weight < 10 || weight > 1000)) {
      throw EngineException.invalid("Range of blkio weight is from 10 to 1000");
    }
    int score = wanted.oomScoreAdj();
    if (score < -1000 || score > 1000) {
      throw EngineException.invalid(
          "Invalid value " + score + ", range for oom score adj is [-1000, 1000]");
    }
  }

  private static @Nullable Long positive(long value) {
    return value > 0 ? Long.valueOf(value) : null;
  }

  private static @Nullable String text(@Nullable String value) {
    return value == null || value.isEmpty() ? null : value;
  }
}
