package dev.flota.cluster.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostFeaturesTest {
  @TempDir private Path root;

  @BeforeEach
  void machine() throws IOException {
    Files.createDirectories(root.resolve("proc"));
    Files.createDirectories(root.resolve("sys/fs/cgroup"));
    Files.writeString(root.resolve("proc/filesystems"), "nodev\tproc\n\text4\nnodev\toverlay\n");
  }

  private String criu(String script) throws IOException {
    Path program = root.resolve("criu");
    Files.writeString(program, "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return program.toString();
  }

  @Test
  void namesWhatCriuSaysItCan() throws IOException {
    String criu =
        criu(
            """
            case "$*" in
              --version) echo "Version: 4.2.1" ;;
              "check --feature uffd" | "check --feature pidfd_store") ;;
              *) echo "Unknown feature" >&2; exit 1 ;;
            esac
            """);

    assertThat(new HostFeatures(root, criu).probe())
        .containsExactly("cgroup=v1", "overlay", "criu=4.2.1", "uffd", "pidfd_store");
  }

  @Test
  void doesWithoutCriu() throws IOException {
    Files.writeString(root.resolve("sys/fs/cgroup/cgroup.controllers"), "cpu\n");
    Files.writeString(root.resolve("proc/filesystems"), "nodev\tproc\n");

    assertThat(new HostFeatures(root, root.resolve("missing").toString()).probe())
        .containsExactly("cgroup=v2");
  }
}
