package dev.flota.lab.bench.teleport;

import java.util.Locale;

/** How a container moves. */
enum Mode {
  STOP,
  POSTCOPY;

  /** As the API calls it. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
