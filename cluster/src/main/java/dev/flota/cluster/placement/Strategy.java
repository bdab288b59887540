package dev.flota.cluster.placement;

import dev.flota.engine.EngineException;
import java.util.Locale;

/** Which of the hosts that fit is the best. */
public enum Strategy {
  /** The emptiest: a host that dies takes little along. */
  SPREAD,
  /**
   * The fullest that still has room, so that others stay free for big containers. Containers
   * without reservations fill a host only up to what it can surely bear.
   */
  BINPACK;

  /**
   * Reads {@code spread} or {@code binpack}.
   *
   * @throws EngineException INVALID for anything else
   */
  public static Strategy parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "spread" -> SPREAD;
      case "binpack" -> BINPACK;
      default ->
          throw EngineException.invalid(
              "unknown placement strategy \"" + text + "\": it is spread or binpack");
    };
  }

  /** The higher the better. */
  int score(int load) {
    return switch (this) {
      case SPREAD -> Room.FULL - load;
      case BINPACK -> load <= Room.FULL ? load : Room.FULL - load;
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
