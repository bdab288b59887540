package dev.flota.cluster.ledger;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** The fleet's ledger, as one host sees it. Thread-safe. */
public interface Ledger extends AutoCloseable {

  /**
   * Has a change decided by the majority of the fleet; its effect happens once at most. When the
   * stage completes well, {@link #state()} on this host has the effect (or more).
   *
   * <p>The stage fails with an {@link dev.flota.engine.EngineException}: of the refusal's kind and
   * Docker's words, or UNAVAILABLE when no majority answered in time. After the latter the change
   * may still take effect later: repeat it, all changes can stand that but {@link
   * Change.CreateNetwork} and {@link Change.IssueToken}, which then say that it exists.
   */
  <A extends Answer> CompletionStage<A> submit(Change<A> change);

  /**
   * What this host knows; costs nothing. It may lag behind the majority, for as long as this host
   * is cut off.
   */
  LedgerState state();

  /**
   * {@link #state()} when this host knows all that the majority knew when this was called; fails as
   * {@link #submit} does.
   */
  CompletionStage<LedgerState> sync();

  /**
   * Tells each change applied here from now on, refused ones too, in order. A host that was far
   * behind jumps: then {@link LedgerListener#jumped} tells. The listener must not block.
   *
   * @return ends it
   */
  AutoCloseable subscribe(LedgerListener listener);

  /**
   * Waits until this host takes part and knows what the majority knew when it was called.
   *
   * @throws dev.flota.engine.EngineException UNAVAILABLE when that takes longer
   */
  void awaitReady(Duration patience);

  /** Ends this host's part; it stays a member. */
  @Override
  void close();

  /** Is told what happens in the ledger. */
  interface LedgerListener {
    /** A change was applied. */
    void applied(Applied applied);

    /** The state was replaced by a later one, without the changes in between. */
    void jumped(LedgerState state);

    /** One who only cares for the state. */
    static LedgerListener ofStates(Consumer<LedgerState> consumer) {
      return new LedgerListener() {
        @Override
        public void applied(Applied applied) {
          consumer.accept(applied.state());
        }

        @Override
        public void jumped(LedgerState state) {
          consumer.accept(state);
        }
      };
    }
  }
}
