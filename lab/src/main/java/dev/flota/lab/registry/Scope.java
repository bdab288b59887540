package dev.flota.lab.registry;

import java.util.List;
import java.util.Optional;

/**
 * What a client asks for or is granted, as in {@code repository:library/alpine:pull,push}.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/scope/">Token scope
 *     documentation of the distribution project</a>
 */
record Scope(String type, String name, List<String> actions) {
  Scope {
    actions = List.copyOf(actions);
  }

  /** Reads one scope; empty where the text is none. A name may itself contain colons. */
  static Optional<Scope> parse(String text) {
    int first = text.indexOf(':');
    int last = text.lastIndexOf(':');
    if (first <= 0 || last <= first + 1) {
      return Optional.empty();
    }
    String actions = text.substring(last + 1);
    return Optional.of(
        new Scope(
            text.substring(0, first),
            text.substring(first + 1, last),
            List.of(actions.split(",", -1))));
  }

  Scope withActions(List<String> granted) {
    return new Scope(type, name, granted);
  }
}
