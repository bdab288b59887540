package dev.flota.cluster.teleport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WayTest {
  /** Memory in MB, rate in MB/s. */
  @ParameterizedTest
  @CsvSource({
    "AUTO,     true,  false, 10,   true,  250, STOP",
    "AUTO,     true,  false, 1000, true,  250, POSTCOPY",
    "AUTO,     true,  false, 100,  true,  1000, STOP",
    "AUTO,     true,  false, 100,  true,  10, POSTCOPY",
    "AUTO,     true,  true,  1000, true,  250, STOP",
    "AUTO,     true,  false, 1000, false, 250, STOP",
    "AUTO,     false, false, 1000, true,  250, COLD",
    "STOP,     true,  false, 1000, true,  250, STOP",
    "POSTCOPY, true,  true,  1,    true,  250, POSTCOPY",
    "POSTCOPY, false, false, 1,    true,  250, COLD"
  })
  void suitsMemoryLinkAndWish(
      TeleportWish.Mode wish,
      boolean alive,
      boolean safe,
      long memory,
      boolean lazily,
      long rate,
      Way way) {
    assertThat(
            Way.of(
                wish, new Way.Situation(alive, safe, memory * 1_000_000, lazily), rate * 1_000_000))
        .isEqualTo(way);
  }
}
