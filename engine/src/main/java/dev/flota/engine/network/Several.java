package dev.flota.engine.network;

import java.util.List;
import java.util.stream.Collectors;

/** Several errors as one text, as moby's {@code internal/multierror} joins them. */
final class Several {
  private Several() {}

  static String joined(List<String> errors) {
    return errors.size() == 1
        ? errors.getFirst().strip()
        : errors.stream()
            .map(error -> "* " + error.replace("\n", "\n\t"))
            .collect(Collectors.joining("\n"));
  }
}
