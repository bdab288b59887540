package dev.flota.lab.harness;

import java.util.concurrent.atomic.AtomicInteger;

/** Names that no other test and no earlier run uses. */
public final class Unique {
  private static final String RUN = Long.toString(System.currentTimeMillis(), 36);
  private static final AtomicInteger COUNT = new AtomicInteger();

  private Unique() {}

  /** The word and something that makes it unique. */
  public static String name(String word) {
    return "e2e-" + word + "-" + RUN + "-" + COUNT.incrementAndGet();
  }
}
