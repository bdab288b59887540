package dev.flota.api.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;

class VersionTest {
  @Test
  void theBuildNotedWhatItBuilt() {
    Version version = Version.current();

    assertThat(version.version()).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
    assertThat(version.commit()).matches("unknown|[0-9a-f]{7,40}");
    assertThat(OffsetDateTime.parse(version.buildTime()).getYear()).isGreaterThan(2025);
  }
}
