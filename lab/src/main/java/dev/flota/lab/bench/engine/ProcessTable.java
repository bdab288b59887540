package dev.flota.lab.bench.engine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What runs on this machine, at one moment, by {@code /proc}. */
public final class ProcessTable {
  private final Path proc;
  private final List<Entry> entries;

  private ProcessTable(Path proc, List<Entry> entries) {
    this.proc = proc;
    this.entries = entries;
  }

  /** Looks at this machine now. */
  public static ProcessTable read() throws IOException {
    return read(Path.of("/proc"));
  }

  static ProcessTable read(Path proc) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path directory : directories) {
        entry(directory).ifPresent(entries::add);
      }
    }
    return new ProcessTable(proc, entries);
  }

  /** The processes with one of these commands below an ancestor, wherever in its tree. */
  public List<Long> descendants(long ancestor, Set<String> commands) {
    List<Long> found = new ArrayList<>();
    Deque<Long> open = new ArrayDeque<>(List.of(ancestor));
    while (!open.isEmpty()) {
      long parent = open.pop();
      for (Entry entry : entries) {
        if (entry.parent() == parent) {
          open.push(entry.process());
          if (commands.contains(entry.command())) {
            found.add(entry.process());
          }
        }
      }
    }
    return found;
  }

  /** What the processes hold in memory. */
  public Memory memoryOf(List<Long> processes) throws IOException {
    Memory sum = Memory.NONE;
    for (long process : processes) {
      Path directory = proc.resolve(Long.toString(process));
      sum =
          sum.plus(
              Memory.parse(
                  Files.readString(directory.resolve("status")),
                  Files.readString(directory.resolve("smaps_rollup"))));
    }
    return sum;
  }

  private static Optional<Entry> entry(Path directory) {
    try {
      return Optional.of(Entry.parse(Files.readString(directory.resolve("stat"))));
    } catch (IOException e) {
      // It ended since the directory was listed.
      return Optional.empty();
    }
  }

  /** The first words of proc_pid_stat(5). */
  record Entry(long process, String command, long parent) {
    /** The command stands in parentheses and may itself have some. */
    static Entry parse(String stat) {
      int start = stat.indexOf('(');
      int end = stat.lastIndexOf(')');
      String[] rest = stat.substring(end + 2).split(" ", 3);
      return new Entry(
          Long.parseLong(stat.substring(0, start - 1)),
          stat.substring(start + 1, end),
          Long.parseLong(rest[1]));
    }
  }
}
