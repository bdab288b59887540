package dev.flota.cluster.custody;

import dev.flota.cluster.ledger.AddressEntry;
import dev.flota.cluster.ledger.LedgerState;
import dev.flota.engine.network.NetworkDefinition;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Addresses of nobody: taken for a container that its host did not live to enter. They are free
 * once they have been nobody's for so long that no creation can be under way any more.
 */
public final class StrayAddresses {
  private final Duration patience;
  private Map<String, Long> since = Map.of();

  /** Those that are nobody's for so long. */
  public StrayAddresses(Duration patience) {
    this.patience = patience;
  }

  /**
   * Ids under which such addresses are held.
   *
   * @param nowNanos by a clock that nobody sets, {@link System#nanoTime}
   */
  public Set<String> look(LedgerState ledger, long nowNanos) {
    Map<String, Long> now = new HashMap<>();
    for (NetworkDefinition network : ledger.networks().all()) {
      for (AddressEntry address : ledger.networks().addressesIn(network.id())) {
        String owner = address.ownerId();
        if (ledger.containers().byId(owner).isEmpty() && ledger.hosts().byId(owner).isEmpty()) {
          now.put(owner, since.getOrDefault(owner, nowNanos));
        }
      }
    }
    since = now;
    Set<String> due = new HashSet<>();
    now.forEach(
        (owner, seen) -> {
          if (nowNanos - seen > patience.toNanos()) {
            due.add(owner);
          }
        });
    return due;
  }
}
