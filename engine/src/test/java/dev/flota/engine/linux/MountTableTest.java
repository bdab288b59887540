package dev.flota.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountTableTest {
  private static final MountTable TABLE =
      MountTable.parse(
          List.of(
              "21 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard",
              "30 21 0:25 / /with\\040space rw shared:7 master:2 - tmpfs none rw,size=1k",
              "31 21 0:26 /sub /sys/fs/cgroup/cpu ro,nosuid - cgroup cgroup rw,cpu,cpuacct"));

  @Test
  void readsEscapedPathsAndOptionalFields() {
    MountTable.Entry entry = TABLE.entries().get(1);
    assertThat(entry.target()).isEqualTo(Path.of("/with space"));
    assertThat(entry.propagation()).containsExactly("shared:7", "master:2");
    assertThat(entry.superOptions()).containsExactly("rw", "size=1k");
    assertThat(TABLE.entries().get(2).root()).isEqualTo("/sub");
  }

  @Test
  void findsTheMountAPathLiesOn() {
    assertThat(TABLE.containing(Path.of("/with space/a")).type()).isEqualTo("tmpfs");
    assertThat(TABLE.containing(Path.of("/without")).type()).isEqualTo("ext4");
    assertThat(TABLE.mounted(Path.of("/with space"))).isTrue();
    assertThat(TABLE.mounted(Path.of("/with space/a"))).isFalse();
  }

  @Test
  void refusesWhatIsNoMountinfo() {
    assertThatThrownBy(() -> MountTable.parse(List.of("a b c")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void readsThisMachine() {
    assertThat(MountTable.read().mounted(Path.of("/proc"))).isTrue();
  }
}
