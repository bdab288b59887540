package dev.flota.engine.container;

import org.jspecify.annotations.Nullable;

/** Steps that undo something: each is done, whatever becomes of the others. */
final class EveryStep {
  private final Phases phases = new Phases();
  private @Nullable RuntimeException failure;

  /** Does one step. */
  void run(String name, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      keep(e);
    }
    phases.end(name);
  }

  private void keep(RuntimeException e) {
    RuntimeException first = failure;
    if (first == null) {
      failure = e;
    } else if (first != e) {
      first.addSuppressed(e);
    }
  }

  /** Throws the first failure, with the others suppressed in it. */
  void orThrow() {
    RuntimeException first = failure;
    if (first != null) {
      throw first;
    }
  }

  /** How long each took. */
  @Override
  public String toString() {
    return phases.toString();
  }
}
