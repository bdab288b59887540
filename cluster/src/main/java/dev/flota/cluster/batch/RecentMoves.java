package dev.flota.cluster.batch;

import dev.flota.cluster.event.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** When containers were moved, by whomever, as far as this host has heard since it started. */
public final class RecentMoves {
  private static final Duration REMEMBERED = Duration.ofDays(1);

  private final ConcurrentMap<String, Instant> moves = new ConcurrentHashMap<>();

  /** None yet. */
  public RecentMoves() {}

  /** Takes up what happened somewhere in the fleet. */
  public void heard(Event event) {
    if (event.type().equals("container") && event.action().equals("teleport_commit")) {
      moves.values().removeIf(at -> at.isBefore(event.time().minus(REMEMBERED)));
      moves.put(event.actorId(), event.time());
    }
  }

  /** Whether it was moved after that moment. */
  public boolean isSince(Instant moment, String containerId) {
    Instant moved = moves.get(containerId);
    return moved != null && moved.isAfter(moment);
  }
}
