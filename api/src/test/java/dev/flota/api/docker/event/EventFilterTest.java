package dev.flota.api.docker.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.api.docker.DockerDescription;
import dev.flota.api.docker.Filters;
import dev.flota.api.docker.Samples;
import dev.flota.cluster.event.Event;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventFilterTest {
  private static final Event EXEC =
      new Event(
          "container",
          "exec_create: sh -c true",
          "abcdef",
          Map.of("name", "web", "image", "quay.io/a/nginx:1", "stage", "test"),
          Samples.NOW);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | true",
        "{\"type\":[\"container\"]} | true",
        "{\"type\":[\"image\"]} | false",
        "{\"event\":[\"exec_create\"]} | true",
        "{\"event\":[\"exec_start\"]} | false",
        "{\"event\":[\"exec_create: sh -c true\"]} | true",
        "{\"event\":[\"exec\"]} | false",
        "{\"container\":[\"web\"]} | true",
        "{\"container\":[\"abc\"]} | true",
        "{\"container\":[\"db\"]} | false",
        "{\"image\":[\"quay.io/a/nginx\"]} | true",
        "{\"image\":[\"quay.io/a/nginx:1\"]} | true",
        "{\"image\":[\"nginx\"]} | false",
        "{\"label\":[\"stage=test\"]} | true",
        "{\"label\":[\"stage=prod\"]} | false",
        "{\"scope\":[\"local\"]} | true",
        "{\"scope\":[\"swarm\"]} | false",
        "{\"volume\":[\"data\"]} | false"
      })
  void choosesAsMobyDoes(String filters, boolean wanted) {
    assertThat(new EventFilter(Filters.parse(filters)).fits(EXEC)).isEqualTo(wanted);
  }

  @Test
  void writesOldAndNewFields() {
    JsonNode written =
        DockerDescription.assertKeepsTo("EventMessage", json -> EventRoutes.write(json, EXEC));
    assertThat(written.get("status").asText()).isEqualTo("exec_create: sh -c true");
    assertThat(written.get("from").asText()).isEqualTo("quay.io/a/nginx:1");
    assertThat(written.get("timeNano").asLong() / 1_000_000_000)
        .isEqualTo(written.get("time").asLong());
    assertThat(written.get("timeNano").asLong() % 1_000_000_000).isEqualTo(123_456_789);
    JsonNode volume =
        DockerDescription.parse(
            json ->
                EventRoutes.write(
                    json, new Event("volume", "create", "data", Map.of(), Samples.NOW)));
    assertThat(volume.has("status")).isFalse();
  }
}
