package dev.flota.engine.container;

import dev.flota.engine.runtime.Observed;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.RunState;
import java.time.Instant;

/** Brings what a record says and what really runs together, after a restart of the daemon. */
public final class Adoption {
  private Adoption() {}

  /**
   * The record with the process that was found. One that has ended is not told of here: its end is
   * still to be taken in.
   */
  public static ContainerRecord seen(ContainerRecord known, Observed observed, Instant now) {
    return switch (observed) {
      case Observed.Running(int pid) -> alive(known, RunState.Status.RUNNING, pid, now);
      case Observed.Paused(int pid) -> alive(known, RunState.Status.PAUSED, pid, now);
      case Observed.Exited _, Observed.NotStarted _, Observed.Gone _ -> known;
    };
  }

  private static ContainerRecord alive(
      ContainerRecord known, RunState.Status status, int pid, Instant now) {
    RunState run = known.state();
    Instant startedAt = run.startedAt();
    boolean sameRun = run.status().alive() && startedAt != null;
    return known.withState(
        new RunState(status, pid, 0, false, "", sameRun ? startedAt : now, null));
  }
}
