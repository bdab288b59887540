package dev.flota.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedProgramsTest {
  private static final Path SHELL = Path.of("/bin/sh");

  @TempDir Path directory;

  @Test
  void theCopyRunsAsTheProgramDoes() {
    try (SealedPrograms programs = new SealedPrograms()) {
      Path copy = programs.of(SHELL);

      assertThat(copy).isNotEqualTo(SHELL);
      assertThat(Spawn.of(copy, List.of("-c", "exit 3")).start().await()).isEqualTo(3);
    }
  }

  @Test
  void theCopyIsWhatRuntimesTakeForTheirOwn() {
    String sealed = "case $(readlink /proc/$$/exe) in /memfd:sh*) exit 0;; esac; exit 1";
    try (SealedPrograms programs = new SealedPrograms()) {
      Path copy = programs.of(SHELL);

      assertThat(Spawn.of(copy, List.of("-c", sealed)).start().await()).isZero();
    }
  }

  @Test
  void nobodyCanChangeTheCopy() {
    try (SealedPrograms programs = new SealedPrograms()) {
      Path copy = programs.of(SHELL);

      assertThatThrownBy(() -> Files.write(copy, new byte[1], StandardOpenOption.WRITE))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void theSameProgramIsCopiedOnceAndAnotherInItsPlaceAnew() throws IOException {
    Path program = directory.resolve("program");
    Files.copy(Path.of("/bin/true"), program);
    try (SealedPrograms programs = new SealedPrograms()) {
      Path first = programs.of(program);
      assertThat(programs.of(program)).isEqualTo(first);

      Files.setLastModifiedTime(program, FileTime.from(Instant.EPOCH));

      assertThat(programs.of(program)).isNotEqualTo(first);
    }
  }

  @Test
  void aProgramThatCannotBeReadIsLeftToItself() {
    Path missing = directory.resolve("missing");
    try (SealedPrograms programs = new SealedPrograms()) {
      assertThat(programs.of(missing)).isEqualTo(missing);
    }
  }
}
