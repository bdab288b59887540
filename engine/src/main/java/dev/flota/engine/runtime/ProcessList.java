package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code docker top}: the host's {@code ps}, reduced to a container's processes. */
final class ProcessList {
  private static final Pattern RENAMED_PID = Pattern.compile("\\s+(\\w*)=\\s*(PID\\w*)");

  private ProcessList() {}

  /** Runs {@code ps}. */
  static ProcessTable of(String psArguments, Set<Integer> pids) {
    String arguments = psArguments.isBlank() ? "-ef" : psArguments;
    validate(arguments);
    if (pids.isEmpty()) {
      throw EngineException.system("no processes found");
    }
    List<String> words = words(arguments);
    String selection =
        pids.stream().map(String::valueOf).collect(Collectors.joining(",", "-q", ""));
    Output output = run(append(words, selection));
    if (output.exitCode() != 0) { // some options do not go together with -q
      output = run(words);
    }
    if (output.exitCode() != 0) {
      String reason = output.errors().lines().findFirst().orElse("exit " + output.exitCode());
      throw new EngineException(ErrorKind.SYSTEM, "ps: " + reason);
    }
    return parse(output.text(), pids);
  }

  /** A column must not pretend to be the pid. */
  static void validate(String arguments) {
    Matcher match = RENAMED_PID.matcher(" " + arguments);
    while (match.find()) {
      if (!match.group(1).equals("pid")) {
        throw EngineException.invalid(
            "specifying \"" + match.group(1) + "=" + match.group(2) + "\" is not allowed");
      }
    }
  }

  /** Keeps the rows of {@code pids}. The last column takes what is left of a line. */
  static ProcessTable parse(String output, Set<Integer> pids) {
    List<String> lines = output.lines().toList();
    List<String> titles = words(lines.isEmpty() ? "" : lines.getFirst());
    int pidColumn = titles.indexOf("PID");
    if (pidColumn < 0) {
      throw EngineException.system("Couldn't find PID field in ps output");
    }
    List<List<String>> rows = new ArrayList<>();
    boolean kept = false;
    for (String line : lines.subList(1, lines.size())) {
      List<String> fields = words(line);
      if (fields.size() <= pidColumn) {
        continue;
      }
      boolean thread = fields.get(pidColumn).equals("-"); // belongs to the process before it
      kept = thread ? kept : pids.contains(pid(fields.get(pidColumn)));
      if (kept) {
        rows.add(merged(fields, titles.size()));
      }
    }
    return new ProcessTable(titles, rows);
  }

  private static int pid(String field) {
    try {
      return Integer.parseInt(field);
    } catch (NumberFormatException malformed) {
      throw new EngineException(ErrorKind.SYSTEM, "Unexpected pid '" + field + "'", malformed);
    }
  }

  private static List<String> merged(List<String> fields, int columns) {
    if (fields.size() <= columns) {
      return fields;
    }
    List<String> row = new ArrayList<>(fields.subList(0, columns - 1));
    row.add(String.join(" ", fields.subList(columns - 1, fields.size())));
    return List.copyOf(row);
  }

  private static List<String> words(String line) {
    return Arrays.stream(line.split("\\s+", -1)).filter(word -> !word.isEmpty()).toList();
  }

  private static List<String> append(List<String> words, String last) {
    List<String> all = new ArrayList<>(words);
    all.add(last);
    return all;
  }

  private record Output(int exitCode, String text, String errors) {}

  private static Output run(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("ps"));
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.PIPE)
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
              .start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Output(process.waitFor(), text, errors);
    } catch (IOException failure) {
      throw EngineException.system("ps: " + failure.getMessage(), failure);
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      throw EngineException.system("ps: interrupted", interruption);
    }
  }
}
