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
  /** Its memory follows when it runs there already. */
  POSTCOPY;

  /** Of a container that must not be lost with a host that it has left. */
  private static final String SAFE = "flota.teleport.safe";

  /** A longer freeze than this for memory alone is too long, where another way exists. */
  private static final double LONG_FREEZE_SECONDS = 0.25;

  /** What is taken for the link's rate where it was not seen. */
  public static final long USUAL_RATE = 250_000_000;

  private static final String FAULTS_FOR_PROCESSES = "uffd";

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
   * @param lazily whether both hosts can do it without all of the memory
   */
  public record Situation(boolean alive, boolean safe, long memory, boolean lazily) {
    /** Of that container. */
    public static Situation of(ContainerRecord record, long memory, boolean lazily) {
      Map<String, String> labels = record.config().labels();
      boolean safe = labels != null && "true".equals(labels.get(SAFE));
      return new Situation(record.state().status().alive(), safe, memory, lazily);
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
      case POSTCOPY -> POSTCOPY;
      case AUTO -> {
        double freeze = (double) situation.memory() / Math.max(1, perSecond);
        boolean later = situation.lazily() && !situation.safe() && freeze > LONG_FREEZE_SECONDS;
        yield later ? POSTCOPY : STOP;
      }
    };
  }

  /** Whether page faults can be handed to a process there. */
  public static boolean canFetch(HostStatus host) {
    return host.features().contains(FAULTS_FOR_PROCESSES);
  }
}
