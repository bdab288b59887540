package dev.flota.cluster.fence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.linux.BootClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FenceFilesTest {
  @TempDir private Path runDir;
  private FenceFiles files;

  @BeforeEach
  void open() {
    files = FenceFiles.in(runDir);
  }

  private Path file(String name) {
    return runDir.resolve("fence").resolve(name);
  }

  @Test
  void theLeaseIsALineOfMilliseconds() throws IOException {
    assertThat(files.deadline()).isEmpty();
    files.renew(Duration.ofSeconds(12, 345_999_999));
    assertThat(file("lease")).hasContent("12345\n");
    assertThat(Files.readString(file("lease"))).isEqualTo("12345\n");
    assertThat(files.deadline()).contains(Duration.ofMillis(12_345));
    files.renew(Duration.ofSeconds(13));
    assertThat(files.deadline()).contains(Duration.ofSeconds(13));
    files.leave();
    files.leave();
    assertThat(files.deadline()).isEmpty();
  }

  @Test
  void containersAreRegisteredUnderTheirIds() throws IOException {
    files.register("b2", "/flota/b2");
    files.register("a1", "/some/parent/a1");
    files.register("a1", "/other/a1");
    Files.writeString(file("containers/.c3"), "half");
    assertThat(files.registered()).containsOnlyKeys("a1", "b2");
    assertThat(Files.readString(file("containers/a1"))).isEqualTo("/other/a1\n");
    files.unregister("a1");
    files.unregister("a1");
    assertThat(files.registered()).containsOnlyKeys("b2");
  }

  @ParameterizedTest
  @CsvSource({"a1, /flota", "a1, /flota/a12", "a1, flota/a1", "a1, /flota/../a1", "a1, /"})
  void aGroupThatIsNotTheContainersOwnIsRefused(String id, String cgroup) {
    assertThatThrownBy(() -> files.register(id, cgroup))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(files.registered()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "../lease", ".a", "a/b"})
  void whatIsNoIdIsRefused(String id) {
    assertThatThrownBy(() -> files.unregister(id)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void markersAreReadAndCleared() throws IOException {
    Files.writeString(file("fenced/b2"), "boot 5000\ntime 1700000000\n");
    Files.writeString(file("fenced/a1"), "boot 50");
    Files.writeString(file("fenced/.c3"), "");
    assertThat(files.fenced())
        .containsExactly(
            new Fenced("a1", Duration.ZERO, Instant.EPOCH),
            new Fenced("b2", Duration.ofSeconds(5), Instant.ofEpochSecond(1_700_000_000)));
    files.clear("b2");
    assertThat(files.fenced("b2")).isEmpty();
    assertThat(files.fenced("a1")).isPresent();
  }

  @Test
  void whatLiesThereOutlivesTheDaemon() {
    files.renew(Duration.ofSeconds(1));
    files.register("a1", "/flota/a1");
    FenceFiles again = FenceFiles.in(runDir);
    assertThat(again.deadline()).contains(Duration.ofSeconds(1));
    assertThat(again.registered()).containsOnlyKeys("a1");
  }

  @Test
  void noFencerIsAtWorkWhereNoneHoldsTheLock() throws IOException {
    assertThat(files.fencer()).isEmpty();
    Files.writeString(file("lock"), ProcessHandle.current().pid() + "\n");
    assertThat(files.fencer()).as("another process has the number").isEmpty();
  }

  @Test
  void theBootClockIsTheKernels() throws IOException {
    double before = uptime();
    double now = BootClock.now().toMillis() / 1e3;
    assertThat(now).isBetween(before - 0.02, uptime() + 0.02);
  }

  private static double uptime() throws IOException {
    return Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ", 2)[0]);
  }
}
