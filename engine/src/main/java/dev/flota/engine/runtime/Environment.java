package dev.flota.engine.runtime;

import dev.flota.engine.spec.ContainerConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Environment variables of a container's processes. */
final class Environment {
  private static final String DEFAULT_PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private Environment() {}

  /**
   * The container's variables over the engine's own, and those of an exec over both.
   *
   * @param home of the user, unless a variable says otherwise
   */
  static List<String> of(
      ContainerConfig config, boolean terminal, List<String> further, String home) {
    List<String> variables = new ArrayList<>();
    variables.add(DEFAULT_PATH);
    variables.add("HOSTNAME=" + (config.hostname() == null ? "" : config.hostname()));
    if (terminal) {
      variables.add("TERM=xterm");
    }
    override(variables, config.env());
    override(variables, further);
    if (index(variables, "HOME") < 0) {
      variables.add("HOME=" + home);
    }
    return List.copyOf(variables);
  }

  /** A name without a value takes the variable away. */
  private static void override(List<String> variables, @Nullable List<String> overrides) {
    for (String override : overrides == null ? List.<String>of() : overrides) {
      int equals = override.indexOf('=');
      int index = index(variables, equals < 0 ? override : override.substring(0, equals));
      if (equals < 0) {
        if (index >= 0) {
          variables.remove(index);
        }
      } else if (index >= 0) {
        variables.set(index, override);
      } else {
        variables.add(override);
      }
    }
  }

  private static int index(List<String> variables, String name) {
    for (int index = 0; index < variables.size(); index++) {
      if (variables.get(index).startsWith(name + "=")) {
        return index;
      }
    }
    return -1;
  }
}
