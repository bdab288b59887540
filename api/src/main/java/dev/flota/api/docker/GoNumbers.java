package dev.flota.api.docker;

import dev.flota.engine.EngineException;

/** Numbers in requests, refused in the words of Go's strconv, which Docker hands through. */
public final class GoNumbers {
  private GoNumbers() {}

  /**
   * A decimal integer with optional sign.
   *
   * @throws EngineException INVALID
   */
  public static int parseInt(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw EngineException.invalid(
          "strconv.Atoi: parsing \"%s\": %s"
              .formatted(
                  text, text.matches("[+-]?[0-9]+") ? "value out of range" : "invalid syntax"));
    }
  }
}
