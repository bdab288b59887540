package dev.flota.engine.container;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a container's processes have open, by {@code /proc/PID/fd} and {@code /proc/PID/maps}. */
final class OpenFiles {
  private static final String IO_URING = "anon_inode:[io_uring]";
  private static final Set<String> ORDINARY =
      Set.of("null", "zero", "full", "random", "urandom", "tty", "console", "ptmx");
  private static final Set<String> DIRECTORIES = Set.of("pts", "shm", "mqueue");

  /** A mapping that others see the writing of: address range, {@code rw-s}, …, path. */
  private static final Pattern WRITTEN_THROUGH = Pattern.compile("(\\S+) .w.s .*");

  private static final Pattern MEMORY = Pattern.compile("Rss(?:Anon|Shmem):\\s+(\\d+) kB");
  private static final long KIBIBYTE = 1024;

  private OpenFiles() {}

  /** What cannot be written into images, for people. */
  static List<String> ties(Collection<Integer> processes) {
    List<String> ties = new ArrayList<>();
    for (int process : processes) {
      each(
          Path.of("/proc/" + process + "/fd"),
          file -> {
            String target = Files.readSymbolicLink(file).toString();
            if (target.equals(IO_URING)) {
              ties.add(
                  "its process %d (%s) uses io_uring: stop the container first"
                      .formatted(process, name(process)));
            } else if (isDevice(target)) {
              ties.add(
                  "its process %d (%s) uses %s: stop the container first"
                      .formatted(process, name(process), target));
            }
          });
    }
    return ties.stream().distinct().toList();
  }

  /** Bytes that are in memory and in no file: proc_pid_status(5), RssAnon and RssShmem. */
  static long memory(Collection<Integer> processes) {
    return processes.stream().mapToLong(OpenFiles::memory).sum();
  }

  private static long memory(int process) {
    try {
      return Files.readString(Path.of("/proc/" + process + "/status"))
          .lines()
          .map(MEMORY::matcher)
          .filter(Matcher::matches)
          .mapToLong(line -> Long.parseLong(line.group(1)) * KIBIBYTE)
          .sum();
    } catch (IOException ended) {
      return 0;
    }
  }

  private static boolean isDevice(String target) {
    if (!target.startsWith("/dev/")) {
      return false;
    }
    String[] names = target.substring("/dev/".length()).split("/", 2);
    return !ORDINARY.contains(names[0]) && !DIRECTORIES.contains(names[0]);
  }

  private static String name(int process) throws IOException {
    return Files.readString(Path.of("/proc/" + process + "/comm")).strip();
  }

  /**
   * Has files count as changed that are written by writing to memory: that leaves their times as
   * they are.
   */
  static void touchMapped(Collection<Integer> processes) {
    for (int process : processes) {
      Path directory = Path.of("/proc/" + process);
      for (String range : writtenThrough(directory)) {
        Path file = directory.resolve("map_files").resolve(range);
        try {
          if (Files.isRegularFile(file)) {
            Files.setAttribute(file, "unix:mode", Files.getAttribute(file, "unix:mode"));
          }
        } catch (IOException e) {
          throw EngineException.system("cannot touch " + file + ": " + e.getMessage(), e);
        }
      }
    }
  }

  private static List<String> writtenThrough(Path process) {
    try {
      return Files.readString(process.resolve("maps"), StandardCharsets.ISO_8859_1)
          .lines()
          .map(WRITTEN_THROUGH::matcher)
          .filter(Matcher::matches)
          .map(line -> line.group(1))
          .toList();
    } catch (IOException e) {
      throw EngineException.system("cannot look at " + process + ": " + e.getMessage(), e);
    }
  }

  private interface Look {
    void at(Path file) throws IOException;
  }

  private static void each(Path directory, Look look) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        try {
          look.at(file);
        } catch (NoSuchFileException closed) {
          // has been closed since
        }
      }
    } catch (NoSuchFileException ended) {
      // the process has ended since
    } catch (IOException e) {
      throw EngineException.system("cannot look at " + directory + ": " + e.getMessage(), e);
    }
  }
}
