package dev.flota.engine.network.dns;

import dev.flota.engine.network.Ipv4;
import java.util.HashMap;
import java.util.Map;

/** How much is under way, for each client and in all. Thread-safe. */
final class Quota {
  private final int perClient;
  private final int inAll;
  private final Map<Ipv4, Integer> underWay = new HashMap<>();
  private int total;

  Quota(int perClient, int inAll) {
    this.perClient = perClient;
    this.inAll = inAll;
  }

  /** Takes a place, if there is one; it must be left again then. */
  synchronized boolean enter(Ipv4 client) {
    int present = underWay.getOrDefault(client, 0);
    if (present >= perClient || total >= inAll) {
      return false;
    }
    underWay.put(client, present + 1);
    total++;
    return true;
  }

  synchronized void leave(Ipv4 client) {
    total--;
    underWay.computeIfPresent(client, (key, present) -> present == 1 ? null : present - 1);
  }
}
