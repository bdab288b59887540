package dev.flota.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForeignPipeTest {
  private static final int SELF = (int) ProcessHandle.current().pid();

  private static ForeignPipe of(Pipe pipe) {
    return ForeignPipe.of(SELF, pipe.readEnd().number()).orElseThrow();
  }

  @Test
  void aCopyLeavesAllInThePipe() {
    try (Pipe pipe = Pipe.open();
        ForeignPipe foreign = of(pipe)) {
      assertThat(foreign.isEmpty()).isTrue();
      assertThat(foreign.content()).isEmpty();

      pipe.write("unread");
      assertThat(foreign.isEmpty()).isFalse();
      assertThat(foreign.content()).asString(StandardCharsets.UTF_8).isEqualTo("unread");
      assertThat(pipe.read(100, Duration.ZERO))
          .asString(StandardCharsets.UTF_8)
          .isEqualTo("unread");
      assertThat(foreign.isEmpty()).isTrue();
    }
  }

  /** More than a pipe holds by itself. */
  @Test
  void takesAndGivesAQuarterOfAMegabyte() {
    byte[] content = new byte[1 << 18];
    content[content.length - 1] = 7;
    try (Pipe pipe = Pipe.open();
        ForeignPipe foreign = of(pipe)) {
      foreign.write(content);
      assertThat(foreign.content()).isEqualTo(content);
    }
  }

  @Test
  void bothEndsHaveItsName() {
    try (Pipe pipe = Pipe.open();
        ForeignPipe reader = of(pipe);
        ForeignPipe writer = ForeignPipe.of(SELF, pipe.writeEnd().number()).orElseThrow()) {
      assertThat(reader.name()).startsWith("pipe:[").isEqualTo(writer.name());
    }
  }

  @Test
  void aFileIsNoPipe(@TempDir Path directory) {
    try (Descriptor file = Descriptor.open(directory, Open.PATH, 0)) {
      assertThat(ForeignPipe.of(SELF, file.number())).isEmpty();
    }
  }
}
