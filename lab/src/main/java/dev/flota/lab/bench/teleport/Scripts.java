package dev.flota.lab.bench.teleport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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

  /** The words that run it. */
  List<String> command(String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of("python3", "-u", "-c", text()));
    words.addAll(List.of(arguments));
    return words;
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
