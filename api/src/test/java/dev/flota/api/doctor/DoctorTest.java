package dev.flota.api.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private static Check shell(Duration limit, String script) {
    return new ProgramCheck(limit).run("shell", List.of("/bin/sh", "-c", script), "mend it");
  }

  @ParameterizedTest
  @CsvSource({
    "4.19.0, FAILURE",
    "5.4.0-150-generic, FAILURE",
    "5.9.16, FAILURE",
    "5.10, OK",
    "5.10.0-28-amd64, OK",
    "5.15.167.4-microsoft-standard-WSL2, OK",
    "6.1.0-18-amd64, OK",
    "10.0, OK",
    "strange, WARNING"
  })
  void aKernelFrom510On(String release, Check.Verdict verdict) {
    assertThat(Doctor.kernel(release).verdict()).isEqualTo(verdict);
  }

  @Test
  void aLibraryIsLookedForAsTheLoaderDoes() {
    assertThat(Doctor.library("libc.so.6", "?")).isEqualTo(Check.ok("libc.so.6", "can be loaded"));
    assertThat(Doctor.library("libnosuch.so.7", "install it").verdict())
        .isEqualTo(Check.Verdict.FAILURE);
  }

  @Test
  void aProgramThatWorks() {
    assertThat(shell(LONG, "echo 1.2; seq 100000")).isEqualTo(Check.ok("shell", "/bin/sh, 1.2"));
  }

  @Test
  void aProgramThatFails() {
    assertThat(shell(LONG, "echo no; exit 3"))
        .isEqualTo(Check.failure("shell", "/bin/sh exits with 3", "mend it"));
  }

  @Test
  void aProgramThatIsNotThere() {
    assertThat(new ProgramCheck(LONG).run("x", List.of("/no/such"), "mend it").verdict())
        .isEqualTo(Check.Verdict.FAILURE);
  }

  @Test
  void aSilentProgramIsKilled() {
    assertThat(shell(Duration.ofMillis(300), "exec sleep 1000"))
        .isEqualTo(Check.failure("shell", "/bin/sh does not answer", "mend it"));

    Optional<ProcessHandle> left =
        ProcessHandle.current().children().filter(ProcessHandle::isAlive).findAny();
    left.ifPresent(process -> process.onExit().orTimeout(30, TimeUnit.SECONDS).join());
  }
}
