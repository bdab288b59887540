package dev.flota.api.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiVersionTest {
  @ParameterizedTest
  @ValueSource(strings = {"1.24", "1.41", "1.50"})
  void takesWhatDocker28Takes(String named) {
    assertThat(ApiVersion.negotiate(named)).hasToString(named);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.23", "1.2", "0.99", "1", "", "."})
  void refusesTheOld(String named) {
    assertThatThrownBy(() -> ApiVersion.negotiate(named))
        .hasMessage(
            "client version "
                + named
                + " is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.51", "2.0", "1.99999999999999999999"})
  void refusesTheNew(String named) {
    assertThatThrownBy(() -> ApiVersion.negotiate(named))
        .hasMessage(
            "client version " + named + " is too new. Maximum supported API version is 1.50");
  }

  @Test
  void comparesMinorVersionsAsNumbers() {
    assertThat(ApiVersion.negotiate("1.30").atLeast(4)).isTrue();
    assertThat(ApiVersion.negotiate("1.30").atLeast(31)).isFalse();
  }
}
