package dev.flota.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalsTest {
  @ParameterizedTest
  @CsvSource({
    "SIGTERM,15", "TERM,15", "term,15", "sigkill,9", "15,15", "SIGHUP,1", "SYS,31", "RTMIN,34",
    "SIGRTMIN+3,37", "RTMAX-14,50", "rtmax,64", "IOT,6", "CLD,17", "POLL,29", "WINCH,28", "64,64"
  })
  void understandsNamesAndNumbers(String text, int number) {
    assertThat(Signals.parse(text)).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "65",
        "-9",
        "NOPE",
        "SIG",
        "RTMIN+",
        "RTMIN-1",
        "RTMIN+99",
        "RTMAX+1",
        "1e3",
        "SIGSIGTERM",
        "٩",
        "9999999999"
      })
  void refusesWhatIsNoSignal(String text) {
    assertThatThrownBy(() -> Signals.parse(text))
        .isInstanceOf(EngineException.class)
        .hasMessage("invalid signal: " + text);
  }
}
