package dev.flota.engine.network;

import java.util.Optional;

/**
 * Ports, both ends included.
 *
 * @param first 1 to 65535; 0 with {@code last} 0 means "any"
 */
public record PortRange(int first, int last) {
  /** Any free port. */
  static final PortRange ANY = new PortRange(0, 0);

  private static final int HIGHEST = 65535;

  /** "80", "8000-8010", or nothing for {@link #ANY}. */
  static Optional<PortRange> parse(String text) {
    if (text.isEmpty()) {
      return Optional.of(ANY);
    }
    if (!text.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
      return Optional.empty();
    }
    int dash = text.indexOf('-');
    int first = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
    int last = dash < 0 ? first : Integer.parseInt(text.substring(dash + 1));
    return first <= last && last <= HIGHEST
        ? Optional.of(new PortRange(first, last))
        : Optional.empty();
  }

  boolean any() {
    return last == 0;
  }

  boolean single() {
    return first == last;
  }

  @Override
  public String toString() {
    return single() ? String.valueOf(first) : first + "-" + last;
  }
}
