package dev.flota.lab.bench.teleport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.flota.lab.bench.engine.UnexpectedAnswerException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class MoveTest {
  private static final long MILLISECOND = 1_000_000;

  private final Move.Lines lines = new Move.Lines();

  @Test
  void phasesLastUntilTheNextOneBegins() throws IOException {
    at(0, "{\"phase\":\"prepare\"}");
    at(5, "{\"phase\":\"copy\"}");
    at(6, "{\"phase\":\"copy\",\"bytes\":1000}");
    at(9, "{\"note\":\"not a phase\"}");
    at(16, "{\"phase\":\"dump\"}");
    at(
        36,
        "{\"phase\":\"done\",\"host\":\"host-2\",\"totalMillis\":37,\"frozenMillis\":20,"
            + "\"bytes\":2500000}");

    Move move = lines.move();

    assertThat(move.phases())
        .containsExactly(entry("prepare", 5.0), entry("copy", 11.0), entry("dump", 20.0));
    assertThat(move.total()).isEqualTo(37);
    assertThat(move.frozen()).isEqualTo(20);
    assertThat(move.megabytes()).isEqualTo(2.5);
  }

  @Test
  void whatEndsWithAnErrorDidNotMove() {
    at(0, "{\"phase\":\"prepare\"}");
    at(1, "{\"error\":\"no room\"}");

    assertThatThrownBy(lines::move)
        .isInstanceOf(UnexpectedAnswerException.class)
        .hasMessageContaining("no room");
  }

  @Test
  void anAnswerWithoutALineIsNoMove() {
    assertThatThrownBy(lines::move).isInstanceOf(UnexpectedAnswerException.class);
  }

  private void at(long millis, String line) {
    lines.take(line, millis * MILLISECOND);
  }
}
