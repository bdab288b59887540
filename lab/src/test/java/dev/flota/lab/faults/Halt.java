package dev.flota.lab.faults;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** Where a daemon comes by. */
public final class Halt {
  /** In a file of this word, the step is to fail. */
  static final String FAIL = "fail";

  private static final long LOOK_NANOS = 2_000_000;

  private static Path directory = Path.of("/run/flota/fault-points");

  private Halt() {}

  /** Where tests put the files that arm a point, instead of a lab host's own place. */
  static void in(Path other) {
    directory = other;
  }

  /**
   * Goes on at once, unless the directory has a file of the point's name. Then it makes one with
   * {@code .reached} after its name, and waits until the first is gone; or it fails, if the first
   * says so.
   *
   * @param method whose beginning this is
   * @param step its first argument: of an enum's value the name is part of the point's name
   */
  public static void reach(String method, Object step) {
    String name = step instanceof Enum<?> phase ? method + "." + phase.name() : method;
    Path armed = directory.resolve(name);
    if (!Files.exists(armed)) {
      return;
    }
    try {
      String wish = Files.readString(armed).strip();
      Files.writeString(directory.resolve(name + ".reached"), "");
      if (wish.equals(FAIL)) {
        throw EngineException.system("a test lets %s fail".formatted(name));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    while (Files.exists(armed)) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}
