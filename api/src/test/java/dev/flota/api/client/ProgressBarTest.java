package dev.flota.api.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final StringWriter screen = new StringWriter();

  /** What is on its line last. */
  private String line() {
    String all = screen.toString();
    return all.substring(all.lastIndexOf("\r\033[K") + "\r\033[K".length());
  }

  @Test
  void showsPartAmountRateAndTimeLeft() {
    try (ProgressBar bar = new ProgressBar(new PrintWriter(screen))) {
      bar.phase("copy");
      assertThat(line()).isEqualTo("copy …");
      bar.amount(50_000_000, 150_000_000, 10_000_000);
      assertThat(line())
          .isEqualTo(
              "copy      [=======                       ] 50.0 of 200.0 MB, 10.0 MB/s, 15 s left");
      bar.amount(200_000_000, 0, 0);
      assertThat(line())
          .isEqualTo("copy      [==============================] 200.0 of 200.0 MB, 0.0 MB/s");
      bar.amount(0, 0, 0);
      assertThat(line()).startsWith("copy      [                              ] 0.0 of 0.0 MB");
    }
    assertThat(line()).isEmpty();
  }

  @Test
  void nothingIsShownWhereNobodyLooks() {
    try (ProgressBar bar = new ProgressBar(null)) {
      bar.phase("copy");
      bar.amount(1, 1, 1);
    }
    assertThat(screen.toString()).isEmpty();
  }
}
