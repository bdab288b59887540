package dev.flota.cluster.custody;

import dev.flota.cluster.ledger.HostBook;
import dev.flota.cluster.ledger.Lease;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Tells which hosts are lost for certain: their leases have stood still for longer than they last.
 *
 * <p>The lease of a host counts from before it asked for it, and here from when it was seen, which
 * is later; so no clocks are compared. The margin is for the time that the host's fencer needs.
 */
public final class LeaseWatch {
  private final Duration margin;
  private Map<String, Seen> seen = Map.of();

  private record Seen(Lease lease, long sinceNanos) {}

  /** A watch that waits so much longer than a lease lasts. */
  public LeaseWatch(Duration margin) {
    this.margin = margin;
  }

  /**
   * The lost hosts, by id, with the count of renewals at which they stopped.
   *
   * @param nowNanos by a clock that nobody sets, {@link System#nanoTime}
   */
  public Map<String, Long> look(HostBook hosts, long nowNanos) {
    Map<String, Seen> now = new HashMap<>();
    Map<String, Long> lost = new HashMap<>();
    hosts
        .leases()
        .forEach(
            (id, lease) -> {
              Seen before = seen.get(id);
              Seen current =
                  before != null && before.lease().equals(lease)
                      ? before
                      : new Seen(lease, nowNanos);
              now.put(id, current);
              if (isOver(current, nowNanos)) {
                lost.put(id, lease.renewal());
              }
            });
    seen = now;
    return lost;
  }

  /** A host that never had a lease has not begun yet. */
  private boolean isOver(Seen host, long nowNanos) {
    long patience = Duration.ofMillis(host.lease().millis()).plus(margin).toNanos();
    return host.lease().renewal() > 0 && nowNanos - host.sinceNanos() > patience;
  }
}
