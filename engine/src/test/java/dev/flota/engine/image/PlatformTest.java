package dev.flota.engine.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {
  @ParameterizedTest
  @CsvSource({
    "linux/amd64,     linux/amd64",
    "linux/x86_64,    linux/amd64",
    "linux/arm64/v8,  linux/arm64",
    "linux/aarch64,   linux/arm64",
    "linux/arm,       linux/arm/v7",
    "linux/arm/6,     linux/arm/v6",
    "linux/armhf,     linux/arm/v7",
    "Linux/AMD64,     linux/amd64",
    "linux/amd64/v3,  linux/amd64/v3",
    "arm64,           linux/arm64",
    "linux/s390x,     linux/s390x",
  })
  void bringsPlatformsIntoNormalForm(String text, String normal) {
    assertThat(Platform.parse(text)).hasToString(normal);
  }

  @Test
  void aSystemAloneMeansThisMachinesProcessor() {
    assertThat(Platform.parse("linux")).isEqualTo(Platform.here());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "bogus|\"bogus\": unknown operating system or architecture: invalid argument",
        "a/b/c/d|\"a/b/c/d\": cannot parse platform specifier: invalid argument",
        "*|\"*\": wildcards not yet supported: invalid argument",
        "linux/a b|\"a b\" is an invalid component of \"linux/a b\": platform specifier component"
            + " must match \"^[A-Za-z0-9_.-]+$\": invalid argument",
      })
  void refusesWhatIsNoPlatform(String text, String message) {
    assertThatThrownBy(() -> Platform.parse(text)).hasMessage(message);
  }

  @Test
  void takesOlderVariantsOfItsProcessorButNoNewerOnes() {
    Platform armV7 = Platform.parse("linux/arm/v7");
    assertThat(armV7.preference(Platform.parse("linux/arm/v7")))
        .isGreaterThan(armV7.preference(Platform.parse("linux/arm/v6")));
    assertThat(armV7.accepts(Platform.parse("linux/arm/v8"))).isFalse();
    assertThat(armV7.accepts(Platform.parse("linux/arm64"))).isFalse();
    assertThat(Platform.parse("linux/amd64").accepts(Platform.parse("linux/amd64/v2"))).isFalse();
    assertThat(Platform.parse("linux/amd64").accepts(Platform.parse("windows/amd64"))).isFalse();
  }
}
