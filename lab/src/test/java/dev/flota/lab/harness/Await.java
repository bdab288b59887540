package dev.flota.lab.harness;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for a condition that another process brings about. */
public final class Await {
  /** Long enough for anything on a busy machine; reached only by a test that fails. */
  public static final Duration PATIENCE =
      Duration.ofSeconds(Integer.getInteger("flota.patience.seconds", 60));

  private static final long PAUSE_NANOS = Duration.ofMillis(15).toNanos();

  private Await() {}

  /** Returns once the condition holds. */
  public static void until(String what, BooleanSupplier condition) {
    until(what, () -> "", condition);
  }

  /** Returns once the condition holds; a failure tells {@code state} too. */
  public static void until(String what, Supplier<String> state, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain until " + what + "\n" + state.get());
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
