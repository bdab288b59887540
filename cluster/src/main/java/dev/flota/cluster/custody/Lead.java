package dev.flota.cluster.custody;

import java.util.Set;

/** What the host does for the fleet whose replica leads the ledger; there is one at most. */
public interface Lead {
  /** Whether this host does. */
  boolean here();

  /** Has the living vote rather than the lost. */
  void rebalance(Set<String> living);
}
