package dev.flota.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuntimeTextsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "executable file `x` not found in $PATH: No such file or directory"
            + "|exec: \"x\": executable file not found in $PATH|127",
        "executable file `/x` not found: No such file or directory"
            + "|exec: \"/x\": stat /x: no such file or directory|127",
        "the path `/x` exists but it is not executable: Operation not permitted"
            + "|exec: \"/x\": permission denied|126",
        "the path `/x` is not a regular file: Operation not permitted"
            + "|exec: \"/x\": is a directory: permission denied|126",
        "time=\"2026-11-24T10:00:00Z\" level=error msg=\"exec failed: unable to start container"
            + " process: exec: \\\"x\\\": executable file not found in $PATH\""
            + "|exec: \"x\": executable file not found in $PATH|127"
      })
  void turnsTheRuntimesWordsIntoDockers(String message, String words, int exitCode) {
    StartFailedException failure = RuntimeFailure.ofExec("warning: x\n" + message + "\n");
    assertThat(failure.text())
        .isEqualTo(
            "OCI runtime exec failed: exec failed: unable to start container process: "
                + words
                + ": unknown");
    assertThat(failure.exitCode()).isEqualTo(exitCode);
  }

  @Test
  void passesOnWhatItDoesNotKnow() {
    StartFailedException failure = RuntimeFailure.ofContainer("mount of X failed: what");
    assertThat(failure.text())
        .isEqualTo(
            "failed to create task for container: failed to create shim task: OCI runtime create"
                + " failed: mount of X failed: what: unknown");
    assertThat(failure.exitCode()).isEqualTo(128);
  }

  @Test
  void keepsTheRowsOfTheContainer() {
    String output =
        """
        UID  PID  CMD
        root 10   /bin/sh -c  a b
        root 11   other
        root -    thread of other
        root 12   last
        root -    thread of last
        """;
    assertThat(ProcessList.parse(output, Set.of(10, 12)))
        .isEqualTo(
            new ProcessTable(
                List.of("UID", "PID", "CMD"),
                List.of(
                    List.of("root", "10", "/bin/sh -c a b"),
                    List.of("root", "12", "last"),
                    List.of("root", "-", "thread of last"))));
  }

  @Test
  void needsThePidColumn() {
    assertThatThrownBy(() -> ProcessList.parse("UID CMD\nroot x\n", Set.of(1)))
        .hasMessage("Couldn't find PID field in ps output");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-o uid=PID", "ax -o comm= PID", "-o ppid=PID"})
  void refusesAColumnThatPretendsToBeThePid(String arguments) {
    assertThatThrownBy(() -> ProcessList.validate(arguments)).hasMessageContaining("not allowed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-ef", "-o pid=PID", "aux", "-o pid,ppid,comm"})
  void takesOtherArguments(String arguments) {
    ProcessList.validate(arguments);
  }

  @ParameterizedTest
  @CsvSource({"10,10", "1k,1024", "2M,2097152", "1.5g,1610612736", "10MiB,10485760", "-1,-1"})
  void readsSizes(String text, long bytes) {
    assertThat(LogOptions.bytes(text)).isEqualTo(bytes);
  }

  @Test
  void refusesBadSizes() {
    assertThatThrownBy(() -> LogOptions.bytes("ten")).hasMessage("invalid size: 'ten'");
  }

  @ParameterizedTest
  @CsvSource({"flota,/flota/id", "/flota,/flota/id", "../../etc,/etc/id", "/a//b/../c,/a/c/id"})
  void cgroupPathsStayBelowTheRoot(String parent, String path) {
    assertThat(Cgroups.pathOf(parent, "id")).isEqualTo(path);
  }

  @Property
  void tmpfsKeepsTheLastWord(
      @ForAll @AlphaChars @StringLength(min = 1, max = 3) String first,
      @ForAll @AlphaChars @StringLength(min = 1, max = 3) String last) {
    assertThat(
            TmpfsOptions.merge(
                List.of("size=" + first, "noexec", "ro", "size=" + last, "exec", "defaults")))
        .containsExactly("ro", "size=" + last, "exec");
  }
}
