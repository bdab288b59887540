package dev.flota.cluster;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A reply: what was asked for, or why not. */
public sealed interface Outcome<T> {
  /** It was done. */
  record Ok<T>(T value) implements Outcome<T> {}

  /** It was not done; {@code text} is for the user. */
  record Refused<T>(ErrorKind kind, String text) implements Outcome<T> {}

  /** A success. */
  static <T> Outcome<T> ok(T value) {
    return new Ok<>(value);
  }

  /** A refusal by what was thrown; what is not an {@link EngineException} is logged as a fault. */
  static <T> Outcome<T> refused(Throwable failure) {
    if (failure instanceof EngineException known) {
      if (known.kind() == ErrorKind.SYSTEM) {
        Log.LOG.warn("{}", known.text(), known);
      }
      return new Refused<>(known.kind(), known.text());
    }
    Log.LOG.error("unexpected failure", failure);
    return new Refused<>(ErrorKind.SYSTEM, String.valueOf(failure));
  }

  /** What the work gives, or the refusal it throws. */
  static <T> Outcome<T> of(Supplier<T> work) {
    try {
      return ok(work.get());
    } catch (RuntimeException e) {
      return refused(e);
    }
  }

  /** The value. */
  default T orThrow() {
    return switch (this) {
      case Ok<T>(T value) -> value;
      case Refused<T>(ErrorKind kind, String text) -> throw new EngineException(kind, text);
    };
  }

  /** The logger of refusals; interfaces cannot have a private one. */
  final class Log {
    private static final Logger LOG = LoggerFactory.getLogger(Outcome.class);

    private Log() {}
  }
}
