package dev.flota.cluster.host;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateLockTest {
  @TempDir private Path directory;

  @Test
  void aStateDirectoryHasOneEngineAtATime() {
    Path state = directory.resolve("state");
    try (StateLock first = StateLock.take(state)) {
      assertThatThrownBy(() -> StateLock.take(state))
          .hasMessageContaining(state + " is in use by another daemon")
          .hasMessageContaining("flota.state-dir");
      assertThatCode(first::close).doesNotThrowAnyException();
    }

    assertThatCode(() -> StateLock.take(state).close()).doesNotThrowAnyException();
  }
}
