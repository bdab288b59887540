package dev.flota.api.docker.system;

import dev.flota.engine.linux.ProgramOutput;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program that the engine works with.
 *
 * @param version what it says itself, or {@code unknown}
 * @param commit what it says itself, or empty
 */
record Program(String name, Path executable, String version, String commit) {
  private static final Pattern VERSION = Pattern.compile("version:?\\s+(\\S+)");
  private static final Pattern COMMIT = Pattern.compile("commit:\\s+(\\S+)");
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

  /** Asks a program for its version. */
  static Program ask(String name, Path executable) {
    return of(name, executable, output(executable));
  }

  static Program of(String name, Path executable, String output) {
    return new Program(
        name, executable, first(VERSION, output, "unknown"), first(COMMIT, output, ""));
  }

  private static String first(Pattern pattern, String output, String otherwise) {
    Matcher matcher = pattern.matcher(output);
    return matcher.find() ? matcher.group(1) : otherwise;
  }

  private static String output(Path executable) {
    return ProgramOutput.of(List.of(executable.toString(), "--version"), ANSWER_WITHIN)
        .map(ProgramOutput::text)
        .orElse("");
  }
}
