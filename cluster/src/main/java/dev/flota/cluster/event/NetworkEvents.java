package dev.flota.cluster.event;

import dev.flota.engine.network.NetworkInfo;
import java.util.Map;

/** Tells of networks as moby does: {@code create}, {@code destroy} and {@code prune}. */
public final class NetworkEvents {
  private final EventLog log;

  /** Tells {@code log}. */
  public NetworkEvents(EventLog log) {
    this.log = log;
  }

  /** There is a network more. */
  public void created(NetworkInfo network) {
    publish("create", network);
  }

  /** A network is gone. */
  public void removed(NetworkInfo network) {
    publish("destroy", network);
  }

  private void publish(String action, NetworkInfo network) {
    log.publish(
        "network", action, network.id(), Map.of("name", network.name(), "type", network.driver()));
  }

  /** A prune has ended, even if it found nothing; the event has no network's id. */
  public void pruned() {
    log.publish("network", "prune", "", Map.of("reclaimed", "0"));
  }
}
