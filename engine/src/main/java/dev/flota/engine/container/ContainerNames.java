package dev.flota.engine.container;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Names and ids for new containers. */
public final class ContainerNames {
  private static final String TAKEN = "Conflict. The container name ";
  private static final Pattern VALID = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]+");
  private static final int TRIES = 6;

  private static final List<String> ADJECTIVES =
      List.of(
          "able",
          "agile",
          "amber",
          "ample",
          "apt",
          "azure",
          "bold",
          "brave",
          "bright",
          "brisk",
          "calm",
          "candid",
          "cheerful",
          "clever",
          "cosmic",
          "crisp",
          "curious",
          "daring",
          "deft",
          "eager",
          "earnest",
          "easy",
          "elegant",
          "fair",
          "fearless",
          "fleet",
          "fond",
          "frank",
          "gentle",
          "glad",
          "golden",
          "graceful",
          "happy",
          "hardy",
          "honest",
          "humble",
          "jolly",
          "keen",
          "kind",
          "lively",
          "loyal",
          "lucid",
          "merry",
          "mild",
          "modest",
          "nimble",
          "noble",
          "patient",
          "placid",
          "polite",
          "proud",
          "quick",
          "quiet",
          "serene",
          "sharp",
          "silent",
          "sleek",
          "steady",
          "sunny",
          "swift",
          "tidy",
          "tranquil",
          "upbeat",
          "valiant",
          "vivid",
          "warm",
          "wise",
          "witty",
          "zealous");

  private static final List<String> SURNAMES =
      List.of(
          "agnesi",
          "albacete",
          "allen",
          "babbage",
          "bardeen",
          "bassi",
          "blackwell",
          "bohr",
          "boyd",
          "cajal",
          "carson",
          "cerf",
          "clarke",
          "curie",
          "darwin",
          "dijkstra",
          "echegaray",
          "einstein",
          "elcano",
          "engelbart",
          "euclid",
          "euler",
          "faraday",
          "fermat",
          "fermi",
          "feynman",
          "franklin",
          "galileo",
          "gauss",
          "goldberg",
          "hamilton",
          "hawking",
          "hertz",
          "hopper",
          "hypatia",
          "peral",
          "jemison",
          "johnson",
          "kalam",
          "kepler",
          "knuth",
          "lamarr",
          "lamport",
          "lavoisier",
          "leakey",
          "lovelace",
          "margulis",
          "mccarthy",
          "meitner",
          "mendel",
          "mirzakhani",
          "monturiol",
          "morse",
          "newton",
          "nobel",
          "noether",
          "ochoa",
          "pasteur",
          "perlman",
          "ramanujan",
          "ride",
          "ritchie",
          "salas",
          "shannon",
          "swartz",
          "tesla",
          "quevedo",
          "turing",
          "volta",
          "wiles",
          "yalow");

  private ContainerNames() {}

  /** 64 hex digits that do not look like a number (moby refuses such short ids). */
  public static String newId(RandomGenerator random) {
    byte[] bytes = new byte[32];
    while (true) {
      random.nextBytes(bytes);
      String id = HexFormat.of().formatHex(bytes);
      if (!id.substring(0, 12).chars().allMatch(Character::isDigit)) {
        return id;
      }
    }
  }

  /** A free name, an adjective and a surname; with a number when those drawn are taken. */
  public static String generate(RandomGenerator random, Predicate<String> free) {
    for (int attempt = 0; ; attempt++) {
      String name =
          ADJECTIVES.get(random.nextInt(ADJECTIVES.size()))
              + "_"
              + SURNAMES.get(random.nextInt(SURNAMES.size()));
      if (attempt >= TRIES) {
        name += random.nextInt(10 * attempt);
      }
      if (free.test(name)) {
        return name;
      }
    }
  }

  /** That a name is another container's. */
  public static EngineException taken(String name, String ownerId) {
    return EngineException.conflict(
        TAKEN
            + "\"/%s\" is already in use by container \"%s\". You have to remove (or rename) that container to be able to reuse that name."
                .formatted(name, ownerId));
  }

  /** Whether something was refused because a name is {@linkplain #taken taken}. */
  public static boolean isTaken(ErrorKind kind, String text) {
    return kind == ErrorKind.CONFLICT && text.startsWith(TAKEN);
  }

  /**
   * The name without its slash.
   *
   * @throws EngineException INVALID when Docker would not take it
   */
  public static String check(String name) {
    String plain = name.startsWith("/") ? name.substring(1) : name;
    if (!VALID.matcher(plain).matches()) {
      throw EngineException.invalid(
          "Invalid container name (" + plain + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
    }
    return plain;
  }
}
