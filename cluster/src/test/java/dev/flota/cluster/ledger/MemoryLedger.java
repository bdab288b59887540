package dev.flota.cluster.ledger;

import dev.flota.engine.EngineException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A ledger that decides at once, without replicas. */
final class MemoryLedger implements Ledger {
  private LedgerState state = LedgerState.EMPTY;

  @Override
  @SuppressWarnings("unchecked") // each change has its own kind of answer
  public synchronized <A extends Answer> CompletionStage<A> submit(Change<A> change) {
    Applied applied = state.apply(change);
    state = applied.state();
    try {
      return CompletableFuture.completedFuture((A) applied.outcome().orThrow());
    } catch (EngineException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public synchronized LedgerState state() {
    return state;
  }

  @Override
  public CompletionStage<LedgerState> sync() {
    return CompletableFuture.completedFuture(state());
  }

  @Override
  public AutoCloseable subscribe(LedgerListener listener) {
    throw new UnsupportedOperationException("nobody listens here");
  }

  @Override
  public void awaitReady(Duration patience) {}

  @Override
  public void close() {}
}
