package dev.flota.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.json.Json;
import dev.flota.engine.linux.MountTable;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckpointTest {
  private static final MountTable TABLE =
      MountTable.parse(
          List.of(
              "1 0 0:50 / / rw - overlay overlay rw",
              "2 1 0:51 / /proc rw - proc proc rw",
              "3 1 0:52 / /dev rw - tmpfs tmpfs rw",
              "4 1 0:53 / /sys ro - sysfs sysfs ro",
              "5 4 0:54 / /sys/fs/cgroup rw - tmpfs cgroup rw",
              "6 5 0:30 /flota/a /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory",
              "7 1 8:1 /containers/a/hosts /etc/hosts rw - ext4 /dev/sda rw",
              "8 2 0:5 /null /proc/kcore rw - devtmpfs devtmpfs rw",
              "9 2 0:25 /.empty-directory /proc/acpi ro - tmpfs tmpfs rw",
              "10 2 0:51 /sys /proc/sys ro - proc proc rw"));

  private static OciSpec bundle() throws JsonProcessingException {
    return Json.PLAIN.readValue(
        """
        {"ociVersion": "1.0.2", "root": {"path": "/r", "readonly": false},
         "mounts": [
           {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid"]},
           {"destination": "/etc/hosts", "type": "bind", "source": "/h", "options": ["rbind"]}],
         "linux": {"namespaces": [], "cgroupsPath": "/flota/a",
           "maskedPaths": ["/proc/kcore", "/proc/acpi", "/proc/keys"]}}
        """,
        OciSpec.class);
  }

  /** The container's own file systems, and what is mounted read-only over itself, are in it. */
  @Test
  void whatComesFromTheHostIsNamed() throws JsonProcessingException {
    assertThat(Checkpoint.mounts(TABLE, bundle(), Path.of("/proc/acpi")::equals))
        .containsExactly(
            Map.entry("/sys/fs/cgroup/memory", "/flota/cgroup/sys/fs/cgroup/memory"),
            Map.entry("/etc/hosts", "/etc/hosts"),
            Map.entry("/proc/kcore", "/dev/null"),
            Map.entry("/proc/acpi", "/flota/masked-directory"));
  }

  @Test
  void theOtherHostPutsItsOwnInPlace() {
    Map<Path, Path> groups = new LinkedHashMap<>();
    groups.put(Path.of("/sys/fs/cgroup/memory"), Path.of("/sys/fs/cgroup/memory/flota/a"));
    groups.put(Path.of("/sys/fs/cgroup/pids"), Path.of("/sys/fs/cgroup/pids/flota/a"));

    assertThat(Checkpoint.configuration(Path.of("/run/flota/empty"), groups).lines())
        .containsExactly(
            "skip-in-flight",
            "network-lock skip",
            "external mnt[/flota/masked-directory]:/run/flota/empty",
            "external mnt[/dev/null]:/dev/null",
            "external mnt[/flota/cgroup/sys/fs/cgroup/memory]:/sys/fs/cgroup/memory/flota/a",
            "external mnt[/flota/cgroup/sys/fs/cgroup/pids]:/sys/fs/cgroup/pids/flota/a");
  }
}
