package dev.flota.cluster.teleport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.cluster.event.EventLog;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MoveMetricsTest {
  private final MoveMetrics metrics = new MoveMetrics();
  private final EventLog events = new EventLog(Map.of(), metrics::happened);

  private void happens(String action, Map<String, String> attributes) {
    events.publish("container", action, "c1", attributes);
  }

  private static Map<String, String> figures(String mode, String total, String frozen) {
    return Map.of("mode", mode, "totalMillis", total, "frozenMillis", frozen, "bytes", "1000");
  }

  private List<String> lines() {
    return new String(metrics.text(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  @Test
  void nothingHasMovedAtFirst() {
    happens("start", Map.of());

    assertThat(lines()).containsExactly("flota_teleports_begun_total 0.0");
  }

  @Test
  void movesAreCountedByModeAndOutcome() {
    happens("teleport_start", Map.of("to", "host-2"));
    happens("teleport_frozen", figures("stop", "300", "0"));
    happens("teleport_commit", figures("stop", "900", "250"));
    happens("teleport_start", Map.of("to", "host-2"));
    happens("teleport_commit", figures("stop", "1100", "750"));
    happens("teleport_start", Map.of("to", "host-2"));
    happens("teleport_rollback", figures("postcopy", "40", "0"));
    events.publish("volume", "teleport_commit", "v1", Map.of());

    assertThat(lines())
        .contains(
            "flota_teleports_begun_total 3.0",
            "flota_teleports_total{mode=\"stop\",outcome=\"commit\"} 2.0",
            "flota_teleports_total{mode=\"postcopy\",outcome=\"rollback\"} 1.0",
            "flota_teleport_sent_bytes_total{mode=\"stop\"} 2000.0",
            "flota_teleport_duration_seconds_sum{mode=\"stop\"} 2.0",
            "flota_teleport_frozen_seconds_bucket{mode=\"stop\",le=\"0.2\"} 0",
            "flota_teleport_frozen_seconds_bucket{mode=\"stop\",le=\"0.3\"} 1",
            "flota_teleport_frozen_seconds_count{mode=\"stop\"} 2");
  }
}
