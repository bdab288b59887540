package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code --security-opt}.
 *
 * @param seccomp {@code unconfined}, {@code builtin} or a profile's JSON; {@code null} when not
 *     given
 * @param ignored options for security modules that this engine does not set up
 */
record SecurityOptions(
    boolean noNewPrivileges,
    boolean writableCgroups,
    @Nullable String seccomp,
    List<String> ignored) {

  /** What asks for no confinement is granted where there is none. */
  private static final Set<String> UNCONFINED = Set.of("disable", "unconfined");

  /**
   * Parses.
   *
   * @throws EngineException INVALID, in Docker's words
   */
  static SecurityOptions parse(List<String> options) {
    boolean noNewPrivileges = false;
    boolean writableCgroups = false;
    String seccomp = null;
    List<String> ignored = new ArrayList<>();
    for (String option : options) {
      int separator = option.indexOf(option.contains("=") ? '=' : ':');
      String name = separator < 0 ? option : option.substring(0, separator);
      String value = separator < 0 ? "" : option.substring(separator + 1);
      if (separator < 0 && !name.equals("no-new-privileges") && !name.equals("disable")) {
        throw EngineException.invalid("invalid --security-opt 1: \"" + option + "\"");
      }
      switch (name) {
        case "no-new-privileges" -> noNewPrivileges = separator < 0 || flag(option, value);
        case "writable-cgroups" -> writableCgroups = flag(option, value);
        case "seccomp" -> seccomp = value;
        case "apparmor", "label", "disable" -> {
          if (!UNCONFINED.contains(value.isEmpty() ? name : value)) {
            ignored.add(option);
          }
        }
        default -> throw EngineException.invalid("invalid --security-opt 2: \"" + option + "\"");
      }
    }
    return new SecurityOptions(noNewPrivileges, writableCgroups, seccomp, List.copyOf(ignored));
  }

  private static boolean flag(String option, String value) {
    return switch (value) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw EngineException.invalid("invalid --security-opt 2: \"" + option + "\"");
    };
  }
}
