package dev.flota.cluster.container;

import dev.flota.engine.spec.ContainerRecord.Exit;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a container's record tells of its ends. */
public final class Exits {
  private Exits() {}

  /**
   * The first end that somebody has missed.
   *
   * @param exits oldest first
   * @param last the one he knows; {@code null} when there was none
   */
  public static Optional<ExitStatus> firstAfter(List<Exit> exits, @Nullable Instant last) {
    int known = 0;
    for (int index = 0; index < exits.size(); index++) {
      if (exits.get(index).at().equals(last)) { // not by the clocks, which are two hosts'
        known = index + 1;
      }
    }
    return exits.stream().skip(known).findFirst().map(exit -> new ExitStatus(exit.exitCode(), ""));
  }
}
