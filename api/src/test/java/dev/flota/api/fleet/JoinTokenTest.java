package dev.flota.api.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JoinTokenTest {
  private static final String DIGEST =
      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  private static final String SECRET = "fedcba9876543210fedcba9876543210";

  @Test
  void isReadAsItWasPrinted() {
    JoinToken token = JoinToken.random(DIGEST);

    assertThat(JoinToken.parse("  " + token + "\n")).isEqualTo(token);
    assertThat(token.authorityDigest()).isEqualTo(DIGEST);
  }

  @Test
  void eachHasASecretOfItsOwn() {
    assertThat(JoinToken.random(DIGEST).hash()).isNotEqualTo(JoinToken.random(DIGEST).hash());
  }

  @Test
  void theLedgerKnowsItByTheHashOfItsSecretAlone() {
    JoinToken token = new JoinToken(DIGEST, SECRET);

    assertThat(token.hash()).matches("[0-9a-f]{64}").doesNotContain(SECRET);
    assertThat(new JoinToken("f".repeat(64), SECRET).hash()).isEqualTo(token.hash());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "FLOTA-1-" + SECRET,
        "FLOTA-2-" + DIGEST + "-" + SECRET,
        "FLOTA-1-" + DIGEST + "-" + SECRET + "0",
        "FLOTA-1-" + SECRET + DIGEST + "-" + SECRET,
        "FLOTA-1-" + DIGEST + "-FEDCBA9876543210FEDCBA9876543210",
        "SWMTKN-1-49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv-8vxv8rssmk743ojnwacrr2e7c"
      })
  void whatIsNoTokenIsRefusedWithTheWayToOne(String text) {
    assertThatThrownBy(() -> JoinToken.parse(text))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessage(
            "token: this is no join token; a host of the fleet prints one by 'flota token create'");
  }
}
