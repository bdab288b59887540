package dev.flota.cluster.event;

import dev.flota.engine.volume.VolumeInfo;
import dev.flota.engine.volume.VolumeListener;
import java.util.Map;

/** Tells of volumes as moby does: {@code create}, {@code destroy} and {@code prune}. */
public final class VolumeEvents implements VolumeListener {
  private final EventLog log;

  /** Tells {@code log}. */
  public VolumeEvents(EventLog log) {
    this.log = log;
  }

  @Override
  public void created(VolumeInfo volume) {
    publish("create", volume);
  }

  @Override
  public void removed(VolumeInfo volume) {
    publish("destroy", volume);
  }

  private void publish(String action, VolumeInfo volume) {
    log.publish("volume", action, volume.name(), Map.of("driver", volume.driver()));
  }

  /** A prune has ended, even if it found nothing; the event has no volume's name. */
  public void pruned(long bytes) {
    log.publish("volume", "prune", "", Map.of("reclaimed", Long.toString(bytes)));
  }
}
