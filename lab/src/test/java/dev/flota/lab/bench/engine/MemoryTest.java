package dev.flota.lab.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryTest {
  private static final String STATUS = "Name:\tconmon\nVmRSS:\t    2500 kB\nRssAnon:\t 400 kB\n";
  private static final String ROLLUP =
      "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:   2500 kB\nPss:    625 kB\nPss_Dirty: 9 kB\n";

  @Test
  void residentIsOfTheStatusAndProportionalOfTheRollup() {
    assertThat(Memory.parse(STATUS, ROLLUP)).isEqualTo(new Memory(2500, 625));
  }

  @Test
  void megabytesAreMillionsOfBytes() {
    assertThat(new Memory(1_000_000, 500_000).residentMegabytes()).isEqualTo(1024);
    assertThat(new Memory(1_000_000, 500_000).proportionalMegabytes()).isEqualTo(512);
  }

  @Test
  void whatHasNoMemoryIsRefused() {
    assertThatThrownBy(() -> Memory.parse("Name:\tkworker\n", ROLLUP))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
