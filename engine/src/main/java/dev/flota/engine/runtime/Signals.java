package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;

/** Signal names as Docker takes them. */
@SuppressWarnings("DoNotCallSuggester") // being filled in
public final class Signals {
  private Signals() {}

  /**
   * The number of {@code SIGTERM}, {@code term}, {@code 15}, {@code RTMIN+3}, …
   *
   * @throws EngineException INVALID, "invalid signal: X"
   */
  public static int parse(String text) {
    throw EngineException.notImplemented(text);
  }
}
