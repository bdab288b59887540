package dev.flota.engine.network;

/**
 * Keeps a network namespace from telling others that it does not know their connections (TCP reset,
 * ICMP unreachable), while those are still to be restored in it. For threads that are in it.
 */
final class Silence {
  private static final String TABLE = "ip flota-arrival";

  private Silence() {}

  static void keep() {
    apply(
        "table "
            + TABLE
            + " { chain output { type filter hook output priority 0; tcp flags & rst == rst drop;"
            + " icmp type destination-unreachable drop; }; }");
  }

  /** Harmless when it was not kept. */
  static void end() {
    apply("add table " + TABLE + "\ndelete table " + TABLE);
  }

  private static void apply(String script) {
    try (Nftables filter = new Nftables()) {
      filter.apply(script);
    }
  }
}
