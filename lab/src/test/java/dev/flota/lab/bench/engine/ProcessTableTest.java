package dev.flota.lab.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.bench.engine.ProcessTable.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTableTest {
  @TempDir Path proc;

  @Test
  void commandMayHaveParenthesesAndBlanks() {
    assertThat(Entry.parse("12 (a) b (c) S 7 12 12 0")).isEqualTo(new Entry(12, "a) b (c", 7));
  }

  @Test
  void findsCommandsAtAnyDepthBelowTheAncestorOnly() throws IOException {
    process(100, "flota-labinit", 1);
    process(101, "dockerd", 100);
    process(102, "containerd", 101);
    process(103, "containerd-shim", 100);
    process(104, "sleep", 103);
    process(200, "dockerd", 1);

    ProcessTable table = ProcessTable.read(proc);

    assertThat(table.descendants(100, Set.of("dockerd", "containerd")))
        .containsExactlyInAnyOrder(101L, 102L);
    assertThat(table.descendants(100, Set.of("sleep"))).containsExactly(104L);
    assertThat(table.descendants(104, Set.of("sleep"))).isEmpty();
  }

  @Test
  void aProcessThatEndsMeanwhileIsNoError() throws IOException {
    process(100, "flota-labinit", 1);
    Files.createDirectory(proc.resolve("101"));

    assertThat(ProcessTable.read(proc).descendants(1, Set.of("flota-labinit")))
        .containsExactly(100L);
  }

  @Test
  void memoryIsSummedUp() throws IOException {
    process(100, "conmon", 1);
    process(101, "conmon", 1);

    ProcessTable table = ProcessTable.read(proc);

    assertThat(table.memoryOf(List.of(100L, 101L))).isEqualTo(new Memory(5000, 1250));
  }

  private void process(long process, String command, long parent) throws IOException {
    Path directory = Files.createDirectory(proc.resolve(Long.toString(process)));
    Files.writeString(directory.resolve("stat"), process + " (" + command + ") S " + parent + " 1");
    Files.writeString(directory.resolve("status"), "VmRSS:\t2500 kB\n");
    Files.writeString(directory.resolve("smaps_rollup"), "Pss: 625 kB\n");
  }
}
