package dev.flota.lab.bench.engine;

import java.io.IOException;

/** The engine answered something else than what the benchmark needs to go on. */
public final class UnexpectedAnswerException extends IOException {
  public UnexpectedAnswerException(String message) {
    super(message);
  }
}
