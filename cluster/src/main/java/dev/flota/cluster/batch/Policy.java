package dev.flota.cluster.batch;

import dev.flota.engine.EngineException;
import java.util.Locale;

/** What becomes of a container that cannot move while it runs. */
public enum Policy {
  /** It runs on where it is, and that is a failure. */
  LIVE,
  /** It is stopped, moved, and started there. */
  RESTART,
  /** It runs on where it is, and that is well. */
  STAY;

  /**
   * Reads {@code live}, {@code restart} or {@code stay}.
   *
   * @throws EngineException INVALID for anything else
   */
  public static Policy parse(String text) {
    return switch (text) {
      case "live" -> LIVE;
      case "restart" -> RESTART;
      case "stay" -> STAY;
      default ->
          throw EngineException.invalid(
              "policy: \"%s\" is not known: it is live, restart or stay".formatted(text));
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
