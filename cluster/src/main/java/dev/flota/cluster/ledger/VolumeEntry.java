package dev.flota.cluster.ledger;

import java.time.Instant;
import java.util.Map;

/** A volume, which lives on one host. */
public record VolumeEntry(
    String name,
    String hostId,
    String driver,
    Map<String, String> options,
    Map<String, String> labels,
    Instant createdAt) {

  VolumeEntry on(String host) {
    return new VolumeEntry(name, host, driver, options, labels, createdAt);
  }
}
