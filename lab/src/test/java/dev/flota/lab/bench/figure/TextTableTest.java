package dev.flota.lab.bench.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.lab.bench.figure.TextTable.Side;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void columnsAreAsWideAsTheirWidestCell() {
    String text =
        new TextTable()
            .column("", Side.LEFT)
            .column("FLOTA", Side.RIGHT)
            .column("REACHED", Side.LEFT)
            .row(List.of("start", "8.3 ms", "yes"))
            .row(List.of("a longer name", "1104 ms", ""))
            .render();

    assertThat(text)
        .isEqualTo(
            """
                             FLOTA  REACHED
            start           8.3 ms  yes
            a longer name  1104 ms
            """);
  }

  @Test
  void aRowHasACellForEachColumn() {
    TextTable table = new TextTable().column("ONE", Side.LEFT);

    assertThatThrownBy(() -> table.row(List.of("1", "2")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
