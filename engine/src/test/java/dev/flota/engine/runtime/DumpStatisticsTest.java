package dev.flota.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class DumpStatisticsTest {
  /** As criu 4.2.1 wrote it for a dump to a page server. */
  private static final byte[] IMAGE =
      HexFormat.of()
          .parseHex(
              "4059105506330957290000000a2708e70410d0954218ceda312092ff2e28ddc4013000"
                  + "3893c4014000480050085808600068007000");

  @Test
  void tellsWhatWasSent() throws IOException {
    assertThat(DumpStatistics.parse(IMAGE).bytesWritten()).isEqualTo(25_107L * 4096);
  }

  @Test
  void whatIsCutShortIsNotTakenForNothing() {
    assertThatThrownBy(() -> DumpStatistics.parse(Arrays.copyOf(IMAGE, IMAGE.length / 2)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> DumpStatistics.parse(new byte[0])).isInstanceOf(IOException.class);
  }
}
