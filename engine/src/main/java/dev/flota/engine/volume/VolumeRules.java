package dev.flota.engine.volume;

import dev.flota.engine.EngineException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the local driver accepts, in moby's words ({@code volume/local}). */
final class VolumeRules {
  /** The only driver. */
  static final String LOCAL = "local";

  private static final String NAME_CHARACTERS = "[a-zA-Z0-9][a-zA-Z0-9_.-]";
  private static final Set<String> OPTIONS = Set.of("type", "o", "device", "size");

  /** An option and those that it makes no sense without. */
  private record Dependency(String option, List<String> needs) {}

  private static final List<Dependency> DEPENDENCIES =
      List.of(
          new Dependency("device", List.of("type")),
          new Dependency("type", List.of("device")),
          new Dependency("o", List.of("device", "type")));

  private VolumeRules() {}

  static void checkName(String name) {
    if (name.length() == 1) {
      throw refused(
          name, "volume name is too short, names should be at least two alphanumeric characters");
    }
    if (!name.matches(NAME_CHARACTERS + "+")) {
      throw refused(
          name,
          ("\"%s\" includes invalid characters for a local volume name, only \"%s\" are allowed."
                  + " If you intended to pass a host directory, use absolute path")
              .formatted(name, NAME_CHARACTERS));
    }
  }

  static void checkDriver(String name, String driver) {
    if (!driver.equals(LOCAL)) {
      throw EngineException.notFound(
          "create %1$s: error looking up volume plugin %2$s: plugin \"%2$s\" not found"
              .formatted(name, driver));
    }
  }

  static void checkOptions(String name, Map<String, String> options) {
    for (String option : options.keySet()) {
      if (!OPTIONS.contains(option)) {
        throw refused(name, "invalid option: \"" + option + "\"");
      }
    }
    if (options.containsKey("size")) {
      throw refused(name, "quota size requested but no quota support");
    }
    for (Dependency dependency : DEPENDENCIES) {
      for (String needed : dependency.needs()) {
        if (options.containsKey(dependency.option()) && !options.containsKey(needed)) {
          throw refused(name, "missing required option: \"" + needed + "\"");
        }
      }
    }
  }

  private static EngineException refused(String name, String reason) {
    return EngineException.invalid("create " + name + ": " + reason);
  }
}
