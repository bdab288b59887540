package dev.flota.api.docker.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.ByteSize;
import dev.flota.engine.EngineException;
import dev.flota.engine.image.Progress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressLineTest {
  private static String line(Progress progress) {
    return ProgressLine.of(progress).utf8String();
  }

  @Test
  void writesTheLinesThatDockerWrites() {
    assertThat(line(new Progress.Message("latest", "Pulling from library/alpine")))
        .isEqualTo("{\"status\":\"Pulling from library/alpine\",\"id\":\"latest\"}\r\n");
    assertThat(line(new Progress.Message(null, "Status: Image is up to date")))
        .isEqualTo("{\"status\":\"Status: Image is up to date\"}\r\n");
    assertThat(line(new Progress.LayerStatus("f18232174bc9", "Pulling fs layer")))
        .isEqualTo(
            "{\"status\":\"Pulling fs layer\",\"progressDetail\":{},\"id\":\"f18232174bc9\"}\r\n");
    assertThat(line(new Progress.LayerBytes("f18232174bc9", "Downloading", 1_048_576, 3_642_247)))
        .isEqualTo(
            "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":1048576,\"total\":3642247},"
                + "\"progress\":\"[==============\\u003e                                    ]  1.049MB/3.642MB\","
                    .replace("\\u003e", ">")
                + "\"id\":\"f18232174bc9\"}\r\n");
    assertThat(line(new Progress.Stream("Loaded image: alpine:latest\n")))
        .isEqualTo("{\"stream\":\"Loaded image: alpine:latest\\n\"}\r\n");
  }

  @Test
  void endsWithTheReasonOfAFailure() {
    assertThat(ProgressLine.failure(EngineException.notFound("manifest unknown")).utf8String())
        .isEqualTo(
            "{\"errorDetail\":{\"message\":\"manifest unknown\"},\"error\":\"manifest unknown\"}\r\n");
  }

  @Test
  void drawsTheBar() {
    assertThat(ProgressLine.bar(0, 0)).isEmpty();
    assertThat(ProgressLine.bar(2048, 0)).isEqualTo(" 2.048kB");
    assertThat(ProgressLine.bar(100, 100)).isEqualTo("[" + "=".repeat(50) + ">]     100B/100B");
    assertThat(ProgressLine.bar(200, 100)).isEqualTo("[" + "=".repeat(50) + ">]     200B");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0B",
    "999, 999B",
    "1000, 1kB",
    "1024, 1.024kB",
    "3642247, 3.642MB",
    "187000000, 187MB",
    "1234567890, 1.235GB"
  })
  void writesSizesInFourDigits(long bytes, String text) {
    assertThat(ByteSize.human(bytes)).isEqualTo(text);
  }
}
