package dev.flota.cluster.teleport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoundsTest {
  private static final long MEGABYTE = 1_000_000;

  /** Megabytes of each round; the link carries 1 MB in 1 ms. */
  @ParameterizedTest
  @CsvSource({
    "0,                                   FREEZE",
    "40,                                  FREEZE",
    "1000,                                AGAIN",
    "1000 300,                            AGAIN",
    "1000 300 40,                         FREEZE",
    "1000 300 290,                        FUTILE",
    "1000 200 190,                        FREEZE",
    "1000 900,                            FUTILE",
    "4000 3000 2200 1600 1200 900 700,    AGAIN",
    "4000 3000 2200 1600 1200 900 700 500, FUTILE"
  })
  void goesOnWhileLessIsLeftEachTime(String sizes, Rounds.Next next) {
    List<Rounds.Sent> sent = new ArrayList<>();
    Arrays.stream(sizes.split(" "))
        .map(Long::valueOf)
        .forEach(size -> sent.add(new Rounds.Sent(size * MEGABYTE, size * MEGABYTE)));

    assertThat(new Rounds(sent).next()).isEqualTo(next);
  }
}
