package dev.flota.api.docker.container;

import dev.flota.engine.spec.ContainerConfig;
import java.util.ArrayList;
import java.util.List;

/** What a container runs: entrypoint and command as one. */
record CommandLine(String path, List<String> arguments) {

  static CommandLine of(ContainerConfig config) {
    List<String> words = new ArrayList<>();
    if (config.entrypoint() != null) {
      words.addAll(config.entrypoint());
    }
    if (config.cmd() != null) {
      words.addAll(config.cmd());
    }
    return words.isEmpty()
        ? new CommandLine("", List.of())
        : new CommandLine(words.getFirst(), List.copyOf(words.subList(1, words.size())));
  }

  /** As {@code docker ps} shows it: arguments with a space in quotes. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(path);
    for (String argument : arguments) {
      text.append(' ');
      text.append(argument.contains(" ") ? "'" + argument + "'" : argument);
    }
    return text.toString();
  }
}
