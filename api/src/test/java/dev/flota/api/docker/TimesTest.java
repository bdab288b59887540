package dev.flota.api.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {
  @Test
  void writesAsManyDigitsAsThereAre() {
    assertThat(Rfc3339.format(Instant.parse("2026-01-02T03:04:05Z")))
        .isEqualTo("2026-01-02T03:04:05Z");
    assertThat(Rfc3339.format(Instant.parse("2026-01-02T03:04:05.120Z")))
        .isEqualTo("2026-01-02T03:04:05.12Z");
    assertThat(Rfc3339.format(null)).isEqualTo("0001-01-01T00:00:00Z");
  }

  @Property
  void readsWhatItWrites(
      @ForAll @LongRange(min = 0, max = 4_000_000_000L) long seconds,
      @ForAll @IntRange(max = 999_999_999) int nanos) {
    Instant time = Instant.ofEpochSecond(seconds, nanos);
    assertThat(Rfc3339.parse(Rfc3339.format(time))).isEqualTo(time);
    assertThat(Rfc3339.parse("%d.%09d".formatted(seconds, nanos))).isEqualTo(time);
  }

  @ParameterizedTest
  @CsvSource({
    "1136073600,            2006-01-01T00:00:00Z",
    "1136073600.5,          2006-01-01T00:00:00.5Z",
    "1136073600.,           2006-01-01T00:00:00Z",
    "2006-01-01T02:00:00+02:00, 2006-01-01T00:00:00Z"
  })
  void readsWhatClientsSend(String text, Instant expected) {
    assertThat(Rfc3339.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "1.2.3", "2006-13-01T00:00:00Z", "1.0000000001"})
  void refusesTheRest(String text) {
    assertThatThrownBy(() -> Rfc3339.parse(text)).hasMessageStartingWith("strconv.ParseInt");
  }

  @ParameterizedTest
  @CsvSource({
    "10m,              2026-11-24T11:50:00Z",
    "1h30m,            2026-11-24T10:30:00Z",
    "1.5s,             2026-11-24T11:59:58.5Z",
    "-1h,              2026-11-24T13:00:00Z",
    "2026-11-23,       2026-11-23T00:00:00Z",
    "2026-11-23T10,    2026-11-23T10:00:00Z",
    "2026-11-23T10:20, 2026-11-23T10:20:00Z",
    "1136073600,       2006-01-01T00:00:00Z"
  })
  void untilMayBeRelative(String text, Instant expected) {
    assertThat(Rfc3339.parseRelative(text, Instant.parse("2026-11-24T12:00:00Z")))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0, Less than a second",
    "1, 1 second",
    "59, 59 seconds",
    "60, About a minute",
    "119, About a minute",
    "120, 2 minutes",
    "2699, 44 minutes",
    "3599, 59 minutes",
    "3600, About an hour",
    "5400, 2 hours",
    "171000, 2 days",
    "169200, 47 hours",
    "1209600, 2 weeks",
    "5184000, 2 months",
    "63072000, 2 years"
  })
  void saysDurationsAsDockerDoes(long seconds, String words) {
    assertThat(HumanDuration.of(Duration.ofSeconds(seconds))).isEqualTo(words);
  }
}
