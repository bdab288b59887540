package dev.flota.engine.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.spec.MountPoint;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MountTableTest {
  private static final MountTable TABLE =
      MountTable.parse(
          List.of(
              "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
              "22 21 0:5 / /with\\040space rw shared:7 - tmpfs tmpfs rw",
              "23 21 0:6 /sub /tmp rw master:3 - tmpfs tmpfs rw"));

  @Test
  void mountPointsAreFoundAlsoWithOddNames() {
    assertThat(TABLE.isMountPoint(Path.of("/with space"))).isTrue();
    assertThat(TABLE.isMountPoint(Path.of("/with space/below"))).isFalse();
    assertThat(TABLE.of(Path.of("/with space/below")).shared()).isTrue();
    assertThat(TABLE.of(Path.of("/tmp2")).point()).isEqualTo(Path.of("/"));
  }

  @Test
  void propagationNeedsASharedSource() {
    assertThatThrownBy(() -> check("rshared"))
        .hasMessageMatching("path /proc is mounted on / but it is not a shared mount");
    assertThatThrownBy(() -> check("slave"))
        .hasMessageMatching("path /proc is mounted on / but it is not a shared or slave mount");
    assertThatCode(() -> check("rprivate")).doesNotThrowAnyException();
  }

  private static void check(String propagation) {
    MountOptions.checkPropagation(
        new MountPoint("bind", null, "/proc", "/x", null, "", true, propagation), () -> TABLE);
  }
}
