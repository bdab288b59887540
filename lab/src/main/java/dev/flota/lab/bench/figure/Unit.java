package dev.flota.lab.bench.figure;

import java.util.Locale;

/** What a metric's values count. */
public enum Unit {
  MILLISECONDS("ms"),
  MEGABYTES("MB"),
  PER_SECOND("/s"),
  MEGABYTES_PER_SECOND("MB/s");

  private final String symbol;

  Unit(String symbol) {
    this.symbol = symbol;
  }

  /** As it stands behind a value. */
  public String symbol() {
    return symbol;
  }

  /** The value with its symbol, with as many decimals as a reader can use: "8.3 ms", "104 ms". */
  public String format(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 100 ? "%.1f %s" : "%.0f %s", value, symbol);
  }
}
