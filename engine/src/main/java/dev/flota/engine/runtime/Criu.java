package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The criu program, found on the PATH: {@code man 8 criu}. */
final class Criu {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final int WORDS = 3;

  /** Long enough for a large file that was deleted and is open still. */
  private static final String GHOST_LIMIT = "16G";

  private Criu() {}

  /**
   * What a dump needs to know.
   *
   * @param pid of the container's first process, frozen with all others
   * @param root its root file system as the host sees it
   * @param externals {@code mnt[…]:key} and {@code net[…]:key}: what is not part of the images
   * @param freezer the directory of its frozen control group
   * @param images an empty directory
   * @param work a directory for the log
   */
  record Dump(int pid, Path root, List<String> externals, Path freezer, Path images, Path work) {

    List<String> arguments() {
      List<String> arguments = new ArrayList<>(List.of("dump", "--tree", Integer.toString(pid)));
      arguments.addAll(List.of("--images-dir", images.toString(), "--work-dir", work.toString()));
      arguments.addAll(List.of("--log-file", "dump.log", "-v2", "--root", root.toString()));
      externals.forEach(external -> arguments.addAll(List.of("--external", external)));
      arguments.addAll(List.of("--freeze-cgroup", freezer.toString()));
      arguments.addAll(List.of("--manage-cgroups=soft", "--leave-running"));
      arguments.addAll(List.of("--tcp-established", "--skip-in-flight", "--network-lock", "skip"));
      arguments.addAll(List.of("--file-locks", "--ext-unix-sk", "--link-remap"));
      arguments.add("--shell-job"); // conmon has the other end of a terminal
      arguments.addAll(List.of("--ghost-limit", GHOST_LIMIT));
      return arguments;
    }
  }

  /**
   * Writes the images; the processes stay as they are.
   *
   * @throws EngineException SYSTEM with criu's own words
   */
  static void dump(Dump dump) {
    int status = run(dump.arguments(), dump.work().resolve("dump.out"));
    if (status != 0) {
      throw EngineException.system("criu dump failed: " + reason(dump.work().resolve("dump.log")));
    }
  }

  private static int run(List<String> arguments, Path output) {
    List<String> command = new ArrayList<>(List.of("criu"));
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
          throw EngineException.system("criu does not come to an end");
        }
        return process.exitValue();
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw EngineException.system("cannot run criu: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw EngineException.system("the dump was cut short", e);
    }
  }

  /** The errors of a log of criu's, the first ones tell most. */
  static String reason(Path log) {
    try (var lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
      String errors =
          lines
              .filter(line -> line.contains("Error ("))
              .map(line -> line.substring(line.indexOf("): ") + 3))
              .limit(WORDS)
              .collect(Collectors.joining("; "));
      return errors.isEmpty() ? "without a word, see " + log : errors;
    } catch (IOException | UncheckedIOException none) {
      return "before it began to write " + log;
    }
  }
}
