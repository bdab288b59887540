package dev.flota.cluster.teleport;

import dev.flota.cluster.event.Event;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * Moves of containers from this host, since its daemon started or the host joined its fleet, for
 * Prometheus.
 */
public final class MoveMetrics {
  /** Seconds; from the freeze of a small container to a whole drain of a large one. */
  private static final double[] BOUNDS = {
    0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300
  };

  private static final double MILLIS = 1000;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();

  private final Counter begun =
      Counter.builder()
          .name("flota_teleports_begun_total")
          .help("Moves that were begun.")
          .register(registry);

  private final Counter ended =
      Counter.builder()
          .name("flota_teleports_total")
          .help("Moves that came to an end, by mode and outcome: commit or rollback.")
          .labelNames("mode", "outcome")
          .register(registry);

  private final Counter bytes =
      Counter.builder()
          .name("flota_teleport_sent_bytes_total")
          .help("Files and memory that were sent to other hosts.")
          .labelNames("mode")
          .register(registry);

  private final Histogram total =
      histogram("flota_teleport_duration_seconds", "From the request to the end of a move.");

  private final Histogram frozen =
      histogram("flota_teleport_frozen_seconds", "How long a container did not run.");

  /** Nothing has moved yet. */
  public MoveMetrics() {}

  private Histogram histogram(String name, String help) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .labelNames("mode")
        .classicOnly()
        .classicUpperBounds(BOUNDS)
        .register(registry);
  }

  /** Takes up what happened on this host. */
  public void happened(Event event) {
    if (!event.type().equals("container")) {
      return;
    }
    switch (event.action()) {
      case "teleport_start" -> begun.inc();
      case "teleport_commit" -> end("commit", event.attributes());
      case "teleport_rollback" -> end("rollback", event.attributes());
      default -> {
        // no move
      }
    }
  }

  private void end(String outcome, Map<String, String> figures) {
    String mode = figures.getOrDefault("mode", "");
    ended.labelValues(mode, outcome).inc();
    bytes.labelValues(mode).inc(number(figures, "bytes"));
    total.labelValues(mode).observe(number(figures, "totalMillis") / MILLIS);
    frozen.labelValues(mode).observe(number(figures, "frozenMillis") / MILLIS);
  }

  private static double number(Map<String, String> figures, String name) {
    return Double.parseDouble(figures.getOrDefault(name, "0"));
  }

  /** What {@link #text} is: {@code text/plain} with the version of the format. */
  public String contentType() {
    return writer.getContentType();
  }

  /** In Prometheus' text format. */
  public byte[] text() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      writer.write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
