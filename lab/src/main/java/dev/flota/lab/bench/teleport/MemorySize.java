package dev.flota.lab.bench.teleport;

import java.util.Arrays;
import java.util.List;

/** How much private anonymous memory a container has. */
enum MemorySize {
  SMALL("10 MB", 10),
  MEDIUM("256 MB", 256),
  GIGABYTE("1 GB", 1000),
  LARGE("4 GB", 4000);

  /** It is there twice, its images too, and once more where criu alone has it. */
  private static final int COPIES = 5;

  private static final int MOST_ROUNDS = 5;

  private final String text;
  private final int megabytes;

  MemorySize(String text, int megabytes) {
    this.text = text;
    this.megabytes = megabytes;
  }

  static List<MemorySize> upTo(boolean large) {
    return Arrays.stream(values()).filter(size -> large || size != LARGE).toList();
  }

  /** For tables. */
  String text() {
    return text;
  }

  /** In units of 1,000,000 bytes. */
  int megabytes() {
    return megabytes;
  }

  /** Megabytes that must be free while it moves. */
  int needs() {
    return COPIES * megabytes;
  }

  /** How often it is worth moving when this is asked for. */
  int rounds(int wished) {
    return this == SMALL ? wished : Math.min(wished, MOST_ROUNDS);
  }
}
