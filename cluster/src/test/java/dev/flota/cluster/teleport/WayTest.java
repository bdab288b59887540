package dev.flota.cluster.teleport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WayTest {
  /** Memory in MB, rate in MB/s. */
  @ParameterizedTest
  @CsvSource({
    "AUTO,     true,  false, 10,   true,  false, 250, STOP",
    "AUTO,     true,  false, 1000, true,  false, 250, POSTCOPY",
    "AUTO,     true,  false, 100,  true,  false, 1000, STOP",
    "AUTO,     true,  false, 100,  true,  false, 10, POSTCOPY",
    "AUTO,     true,  true,  1000, true,  false, 250, STOP",
    "AUTO,     true,  false, 1000, false, false, 250, STOP",
    "AUTO,     false, false, 1000, true,  true,  250, COLD",
    "AUTO,     true,  false, 10,   true,  true,  250, STOP",
    "AUTO,     true,  true,  1000, false, true,  250, PRECOPY",
    "AUTO,     true,  false, 1000, true,  true,  250, PRECOPY",
    "STOP,     true,  false, 1000, true,  true,  250, STOP",
    "PRECOPY,  true,  false, 1,    true,  true,  250, PRECOPY",
    "POSTCOPY, true,  true,  1,    true,  true,  250, POSTCOPY",
    "POSTCOPY, false, false, 1,    true,  false, 250, COLD"
  })
  void suitsMemoryLinkAndWish(
      TeleportWish.Mode wish,
      boolean alive,
      boolean safe,
      long memory,
      boolean lazily,
      boolean noting,
      long rate,
      Way way) {
    Way.Situation situation =
        new Way.Situation(alive, safe, memory * 1_000_000, new Way.Means(lazily, noting));
    assertThat(Way.of(wish, situation, rate * 1_000_000)).isEqualTo(way);
  }
}
