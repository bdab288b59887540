package dev.flota.api.config;

/** A setting that cannot be used; the message names it and says what to do. */
public final class InvalidSettingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InvalidSettingException(String key, String problem) {
    super(key + ": " + problem);
  }
}
