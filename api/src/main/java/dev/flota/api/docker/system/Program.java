package dev.flota.api.docker.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that the engine works with.
 *
 * @param version what it says itself, or {@code unknown}
 * @param commit what it says itself, or empty
 */
record Program(String name, Path executable, String version, String commit) {
  private static final Logger LOG = LoggerFactory.getLogger(Program.class);
  private static final Pattern VERSION = Pattern.compile("version:?\\s+(\\S+)");
  private static final Pattern COMMIT = Pattern.compile("commit:\\s+(\\S+)");
  private static final long ANSWER_WITHIN_SECONDS = 5;

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
    try {
      Process process =
          new ProcessBuilder(executable.toString(), "--version").redirectErrorStream(true).start();
      process.getOutputStream().close();
      if (!process.waitFor(ANSWER_WITHIN_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "";
      }
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      LOG.debug("{} does not tell its version", executable, e);
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
