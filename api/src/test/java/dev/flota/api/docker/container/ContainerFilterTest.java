package dev.flota.api.docker.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.api.docker.Query;
import dev.flota.api.docker.Samples;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.RunState;
import dev.flota.engine.spec.RunState.Status;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerFilterTest {
  /** The newest first: two that run, one that ended with 3, one never started. */
  private static final List<ContainerRecord> ALL =
      List.of(
          Samples.running("d", "delta"),
          Samples.running("c", "charlie"),
          Samples.container(
              "b", "bravo", new RunState(Status.EXITED, 0, 3, false, "", Samples.NOW, Samples.NOW)),
          Samples.container("a", "alpha", RunState.created()));

  private static String shown(String query) {
    return ContainerFilter.of(Query.parse(query))
        .apply(
            ALL,
            new ImageNames(List.of(Samples.image())),
            name -> name.substring(0, 1).repeat(64),
            id -> null)
        .stream()
        .map(ContainerRecord::name)
        .collect(Collectors.joining(" "));
  }

  private static String filters(String json) {
    return "filters=" + URLEncoder.encode(json, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "'', delta charlie",
    "all=1, delta charlie bravo alpha",
    "limit=3, delta charlie bravo",
    "limit=-1, delta charlie",
    "all=1&limit=1, delta"
  })
  void showsWhatRunsUnlessAskedForMore(String query, String expected) {
    assertThat(shown(query)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"status\":[\"exited\"]} | bravo",
        "{\"status\":[\"exited\",\"created\"]} | bravo alpha",
        "{\"exited\":[\"3\"]} | bravo",
        "{\"exited\":[\"0\"]} | ``",
        "{\"name\":[\"^/alpha$\"]} | alpha",
        "{\"name\":[\"alpha\",\"bra\"]} | bravo alpha",
        "{\"id\":[\"^dd\"]} | delta",
        "{\"label\":[\"stage=test\",\"team\"]} | delta charlie bravo alpha",
        "{\"label\":[\"stage=prod\"]} | ``",
        "{\"before\":[\"charlie\"]} | bravo alpha",
        "{\"since\":[\"charlie\"]} | delta",
        "{\"ancestor\":[\"nginx\"]} | delta charlie bravo alpha",
        "{\"ancestor\":[\"redis\"]} | ``",
        "{\"volume\":[\"data\"]} | delta charlie bravo alpha",
        "{\"volume\":[\"/data\"]} | delta charlie bravo alpha",
        "{\"volume\":[\"other\"]} | ``",
        "{\"network\":[\"bridge\"]} | delta charlie bravo alpha",
        "{\"network\":[\"bbbb\"]} | delta charlie bravo alpha",
        "{\"network\":[\"host\"]} | ``",
        "{\"publish\":[\"80\"]} | delta charlie bravo alpha",
        "{\"publish\":[\"443\"]} | ``",
        "{\"expose\":[\"440-450/tcp\"]} | delta charlie bravo alpha",
        "{\"expose\":[\"443/udp\"]} | ``",
        "{\"health\":[\"none\"]} | delta charlie bravo alpha",
        "{\"health\":[\"healthy\"]} | ``",
        "{\"is-task\":[\"false\"]} | delta charlie bravo alpha",
        "{\"is-task\":[\"true\"]} | ``"
      })
  void filtersAsMobyDoes(String filters, String expected) {
    assertThat(shown("all=1&" + filters(filters))).isEqualTo(expected == null ? "" : expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"status\":[\"sleepy\"]}",
        "{\"health\":[\"fine\"]}",
        "{\"colour\":[\"red\"]}",
        "{\"publish\":[\"http\"]}",
        "{\"expose\":[\"70000\"]}"
      })
  void refusesWhatIsNoFilter(String filters) {
    assertThatThrownBy(() -> shown(filters(filters))).hasMessageStartingWith("invalid filter '");
  }
}
