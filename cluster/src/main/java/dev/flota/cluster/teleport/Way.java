package dev.flota.cluster.teleport;

import dev.flota.cluster.directory.HostStatus;
import dev.flota.engine.spec.ContainerRecord;
import java.util.Locale;
import java.util.Map;

/** How a container is moved in the end. */
public enum Way {
  /** It does not run. */
  COLD,
  /** Its memory is sent while it is frozen. */
  STOP,
  /**
   * Its memory is sent while it runs, and what it has changed again, at last while it is frozen.
   */
  PRECOPY,
  /** Its memory follows when it runs there already. */
  POSTCOPY;

  /** Of a container that must not be lost with a host that it has left. */
  private static final String SAFE = "flota.teleport.safe";

  /** A longer freeze than this for memory alone is too long, where another way exists. */
  static final double LONG_FREEZE_SECONDS = 0.25;

  /** What is taken for the link's rate where it was not seen. */
  public static final long USUAL_RATE = 250_000_000;

  private static final String FAULTS_FOR_PROCESSES = "uffd";
  private static final String CHANGES_NOTED = "mem_dirty_track";

  /** Its name in answers. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * What the choice depends on.
   *
   * @param alive whether it runs or is paused
   * @param safe whether it must not depend on the host that it has left
   * @param memory bytes of its processes
   * @param means what the hosts can do
   */
  public record Situation(boolean alive, boolean safe, long memory, Means means) {
    /** Of that container. */
    public static Situation of(ContainerRecord record, long memory, Means means) {
      Map<String, String> labels = record.config().labels();
      boolean safe = labels != null && "true".equals(labels.get(SAFE));
      return new Situation(record.state().status().alive(), safe, memory, means);
    }

    /** Whether it may run without all of its memory. */
    boolean mayFetch() {
      return means.lazily() && !safe;
    }
  }

  /**
   * What the hosts of a move can do.
   *
   * @param lazily both can do it without all of the memory
   * @param noting the one that it leaves notes what memory changes
   */
  public record Means(boolean lazily, boolean noting) {
    /** Of two hosts. */
    public static Means of(HostStatus from, HostStatus to) {
      return new Means(canFetch(from) && canFetch(to), from.features().contains(CHANGES_NOTED));
    }

    private static boolean canFetch(HostStatus host) {
      return host.features().contains(FAULTS_FOR_PROCESSES);
    }
  }

  /**
   * The way that was asked for, or one that suits.
   *
   * @param perSecond bytes that the link carries, {@link #USUAL_RATE} if that is not known
   */
  public static Way of(TeleportWish.Mode wish, Situation situation, long perSecond) {
    if (!situation.alive()) {
      return COLD;
    }
    return switch (wish) {
      case STOP -> STOP;
      case PRECOPY -> PRECOPY;
      case POSTCOPY -> POSTCOPY;
      case AUTO -> {
        double freeze = (double) situation.memory() / Math.max(1, perSecond);
        if (freeze <= LONG_FREEZE_SECONDS) {
          yield STOP;
        }
        yield situation.means().noting() ? PRECOPY : situation.mayFetch() ? POSTCOPY : STOP;
      }
    };
  }
}
