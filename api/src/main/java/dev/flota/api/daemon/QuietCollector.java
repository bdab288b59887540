package dev.flota.api.daemon;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Has the heap collected while the daemon has little to do, so that a host's memory is its
 * containers' again soon after much work. The serial collector looks at what lives long only when
 * it runs out of room, hours later; JEP 346 does the same for another collector.
 */
final class QuietCollector implements AutoCloseable {
  private static final Duration LOOK = Duration.ofSeconds(5);

  /** Of one processor. */
  private static final double QUIET = 0.3;

  /** Less is not worth the pause. */
  private static final long WORTHWHILE_BYTES = 6L << 20;

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("quiet-collector").factory());
  private final Watched watched;
  private long busyBefore;
  private boolean worked;

  /** What is looked at, and what is done. */
  interface Watched {
    /** Processor time of the daemon so far, nanoseconds. */
    long busyNanos();

    /** Bytes in use for what has lived long, garbage included. */
    long used();

    /** What of that was in use after the last collection; 0 before the first. */
    long usedAfterCollection();

    /** Collects, and gives back what is free. */
    void collect();
  }

  private QuietCollector(Watched watched) {
    this.watched = watched;
  }

  /** Looks every few seconds until it is closed. */
  static QuietCollector start() {
    QuietCollector collector = new QuietCollector(new ThisProcess());
    var _ =
        collector.thread.scheduleWithFixedDelay(
            collector::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
    return collector;
  }

  /** One that looks only when it is told to. */
  static QuietCollector watching(Watched watched) {
    return new QuietCollector(watched);
  }

  /** To be called once in {@link #LOOK}. */
  void look() {
    long busy = watched.busyNanos();
    boolean quiet = busy - busyBefore < LOOK.toNanos() * QUIET;
    busyBefore = busy;
    if (!quiet) {
      worked = true; // what lived at a collection meanwhile may be of no use now
    } else if (worked || watched.used() - watched.usedAfterCollection() >= WORTHWHILE_BYTES) {
      watched.collect();
      worked = false;
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }

  /** The process that asks. */
  static final class ThisProcess implements Watched {
    private final OperatingSystemMXBean process =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** In it is room for most. */
    private final MemoryPoolMXBean old =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .max(Comparator.comparingLong(pool -> pool.getUsage().getMax()))
            .orElseThrow();

    @Override
    public long busyNanos() {
      return process.getProcessCpuTime();
    }

    @Override
    public long used() {
      return old.getUsage().getUsed();
    }

    @Override
    public long usedAfterCollection() {
      MemoryUsage usage = old.getCollectionUsage();
      return usage == null ? 0 : usage.getUsed();
    }

    @Override
    public void collect() {
      System.gc();
    }
  }
}
