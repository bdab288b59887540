package dev.flota.cluster.ledger;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** For threads that may wait. */
public final class Submission {
  private Submission() {}

  /** The answer, or what it was refused with. */
  public static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }
}
