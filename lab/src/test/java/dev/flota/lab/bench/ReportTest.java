package dev.flota.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final Metric EXEC = Metric.duration("exec").atMostOfDocker(0.5);
  private static final Metric MEMORY = Metric.size("memory").atMost(200);
  private static final Optional<Samples> FLOTA =
      Optional.of(new Samples(List.of(10.0, 12.0, 30.0)));
  private static final Optional<Samples> DOCKER =
      Optional.of(new Samples(List.of(40.0, 48.0, 60.0)));
  private static final Optional<Samples> ONE = Optional.of(new Samples(List.of(150.0)));

  @Test
  void bothEnginesStandBesideEachOther() {
    Report report =
        new Report(
            surroundings(Optional.of("28.5.2")),
            Optional.of("DOCKER"),
            List.of(new Comparison(EXEC, DOCKER, FLOTA), new Comparison(MEMORY, ONE, ONE)),
            List.of());

    assertThat(report.text())
        .isEqualTo(
            """
                     DOCKER      p90    FLOTA      p90  RATIO  TARGET              REACHED
            exec    48.0 ms  60.0 ms  12.0 ms  30.0 ms   0.25  ≤ 0.50 of Docker's  yes
            memory   150 MB            150 MB            1.00  ≤ 200 MB            yes

            Docker 28.5.2, Flota 0.1.0; Linux 6.1, 2 processors, load 0.3 at the beginning
            """);
  }

  @Test
  void withoutDockerItsColumnsAreLeftOut() {
    Report report =
        new Report(
            surroundings(Optional.empty()),
            Optional.empty(),
            List.of(new Comparison(EXEC, Optional.empty(), FLOTA)),
            List.of());

    assertThat(report.text())
        .startsWith(
            """
                    FLOTA      p90  TARGET              REACHED
            exec  12.0 ms  30.0 ms  ≤ 0.50 of Docker's  ?
            """);
  }

  @Test
  void whatFailedIsSaid() {
    Report report =
        new Report(
            surroundings(Optional.of("28.5.2")),
            Optional.of("DOCKER"),
            List.of(new Comparison(EXEC, DOCKER, Optional.empty())),
            List.of("exec: Flota: connection refused"));

    assertThat(report.text()).endsWith("FAILED  exec: Flota: connection refused\n");
  }

  @Test
  void jsonHasEveryValue() throws JsonProcessingException {
    Report report =
        new Report(
            surroundings(Optional.of("28.5.2")),
            Optional.of("DOCKER"),
            List.of(new Comparison(EXEC, DOCKER, FLOTA)),
            List.of("list: Flota: gone"));

    JsonNode json = new ObjectMapper().readTree(report.json());

    JsonNode figure = json.get("figures").get(0);
    assertThat(figure.get("flota").get("values")).hasSize(3);
    assertThat(figure.get("other").get("p90").asDouble()).isEqualTo(60);
    assertThat(figure.get("ratio").asDouble()).isEqualTo(0.25);
    assertThat(json.get("other").asText()).isEqualTo("DOCKER");
    assertThat(json.get("failures").get(0).asText()).isEqualTo("list: Flota: gone");
    assertThat(json.get("surroundings").get("docker").asText()).isEqualTo("28.5.2");
  }

  private static Surroundings surroundings(Optional<String> docker) {
    return new Surroundings(
        Instant.parse("2026-11-24T12:00:00Z"), "Linux 6.1", 2, 0.3, docker, Optional.of("0.1.0"));
  }
}
