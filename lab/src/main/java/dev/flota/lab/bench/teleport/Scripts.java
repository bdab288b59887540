package dev.flota.lab.bench.teleport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Python scripts beside this class. */
enum Scripts {
  /** What runs in a container that moves. */
  PROGRAM,
  /** Its client. */
  TALK,
  /** criu alone. */
  FLOOR,
  /** podman, on either side of a move. */
  PODMAN;

  private static final double MICROSECONDS = 1000;

  /** The words that run it. */
  List<String> command(String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of("python3", "-u", "-c", text()));
    words.addAll(List.of(arguments));
    return words;
  }

  /** What a script has measured, in milliseconds: lines of a word and microseconds in its log. */
  static List<Double> measured(String log, String word) {
    return Pattern.compile(word + " (\\d+)")
        .matcher(log)
        .results()
        .map(found -> Double.parseDouble(found.group(1)) / MICROSECONDS)
        .toList();
  }

  String text() throws IOException {
    String name = name().toLowerCase(Locale.ROOT) + ".py";
    try (InputStream script = Scripts.class.getResourceAsStream(name)) {
      if (script == null) {
        throw new IOException("the build has left " + name + " out");
      }
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
