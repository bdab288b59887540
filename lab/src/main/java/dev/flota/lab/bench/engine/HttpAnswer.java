package dev.flota.lab.bench.engine;

import java.nio.charset.StandardCharsets;

/** An answer of the API, read to its end. */
public record HttpAnswer(int status, byte[] body) {
  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }
}
