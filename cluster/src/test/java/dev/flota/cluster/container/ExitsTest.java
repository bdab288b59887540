package dev.flota.cluster.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.spec.ContainerRecord.Exit;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExitsTest {
  private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");

  private static Exit exit(int code, int second) {
    return new Exit(code, NOON.plusSeconds(second), false);
  }

  @Test
  void anEndThatIsKnownWasNotMissed() {
    assertThat(Exits.firstAfter(List.of(), null)).isEmpty();
    assertThat(Exits.firstAfter(List.of(exit(1, 0)), NOON)).isEmpty();
  }

  /** The other host's clock may be late. */
  @Test
  void theFirstThatWasMissedCounts() {
    List<Exit> exits = List.of(exit(1, 0), exit(2, -30), exit(3, 5));

    assertThat(Exits.firstAfter(exits, NOON)).contains(new ExitStatus(2, ""));
    assertThat(Exits.firstAfter(exits, null)).contains(new ExitStatus(1, ""));
  }

  @Test
  void whenTheKnownOneIsForgottenTheOldestOfTheRestCounts() {
    assertThat(Exits.firstAfter(List.of(exit(2, 10), exit(3, 20)), NOON))
        .contains(new ExitStatus(2, ""));
  }
}
