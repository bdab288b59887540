package dev.flota.lab.bench;

import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What {@code --only} leaves of a benchmark's scenarios. */
final class Choice {
  private Choice() {}

  /** Those with these keys, or all when there is none; in the order of all. */
  static <S> List<S> of(
      List<S> all, Function<S, String> key, List<String> only, CommandSpec command) {
    List<String> known = all.stream().map(key).toList();
    for (String name : only) {
      if (!known.contains(name)) {
        throw new ParameterException(
            command.commandLine(), "'" + name + "' is none of " + String.join(", ", known));
      }
    }
    return all.stream()
        .filter(scenario -> only.isEmpty() || only.contains(key.apply(scenario)))
        .toList();
  }
}
