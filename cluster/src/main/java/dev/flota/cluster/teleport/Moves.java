package dev.flota.cluster.teleport;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The containers that somebody on this host is moving right now, away or here. */
public final class Moves {
  private final Set<String> worked = ConcurrentHashMap.newKeySet();

  /** None yet. */
  public Moves() {}

  /**
   * Somebody begins.
   *
   * @return false when somebody else is at it
   */
  public boolean begin(String containerId) {
    return worked.add(containerId);
  }

  /** Nobody is at it any more. */
  public void end(String containerId) {
    worked.remove(containerId);
  }

  /** Their ids. */
  public Set<String> worked() {
    return Set.copyOf(worked);
  }
}
