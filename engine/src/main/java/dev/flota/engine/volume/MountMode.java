package dev.flota.engine.volume;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What stands after the last colon of {@code -v}: words of different kinds, at most one of each.
 *
 * @param text as written
 * @param propagation empty when not given
 */
record MountMode(String text, boolean writable, Optional<String> propagation, boolean noCopy) {
  static final Set<String> PROPAGATIONS =
      Set.of("private", "rprivate", "slave", "rslave", "shared", "rshared");

  private static final List<Set<String>> KINDS =
      List.of(
          Set.of("ro", "rw"),
          Set.of("z", "Z"),
          PROPAGATIONS,
          Set.of("nocopy"),
          Set.of("consistent", "cached", "delegated"));

  /** Reads a mode; nothing is the default. */
  static Optional<MountMode> parse(String text) {
    List<String> words = text.isEmpty() ? List.of() : List.of(text.split(",", -1));
    for (Set<String> kind : KINDS) {
      if (words.stream().filter(kind::contains).count() > 1) {
        return Optional.empty();
      }
    }
    if (!words.stream().allMatch(word -> KINDS.stream().anyMatch(kind -> kind.contains(word)))) {
      return Optional.empty();
    }
    return Optional.of(
        new MountMode(
            text,
            !words.contains("ro"),
            words.stream().filter(PROPAGATIONS::contains).findFirst(),
            words.contains("nocopy")));
  }
}
