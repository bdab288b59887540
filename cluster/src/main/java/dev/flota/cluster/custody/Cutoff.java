package dev.flota.cluster.custody;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import org.jspecify.annotations.Nullable;

/** What a host says that cannot ask the others. */
final class Cutoff {
  private Cutoff() {}

  static EngineException because(@Nullable String reason) {
    return new EngineException(
        ErrorKind.UNAVAILABLE,
        "this host is cut off from the majority of its fleet"
            + (reason == null ? "" : " (" + reason + ")")
            + ": try again when the hosts see each other");
  }
}
