package dev.flota.cluster.ledger.raft;

import dev.flota.cluster.ledger.Applied;
import dev.flota.cluster.ledger.Ledger.LedgerListener;
import dev.flota.cluster.ledger.LedgerState;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this host shows of the ledger. It outlives the replica, which may be restarted, and never
 * goes back. Written by one thread at a time, read by any.
 */
final class LedgerView {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerView.class);

  private final List<LedgerListener> listeners = new CopyOnWriteArrayList<>();
  private volatile LedgerState state = LedgerState.EMPTY;
  private long shown = -1;

  LedgerState state() {
    return state;
  }

  AutoCloseable subscribe(LedgerListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** The entry at {@code index} was applied. */
  void show(long index, Applied applied) {
    if (advance(index, applied.state())) {
      tell(listener -> listener.applied(applied));
    }
  }

  /** A snapshot up to {@code index} was loaded. */
  void jump(long index, LedgerState to) {
    if (advance(index, to)) {
      tell(listener -> listener.jumped(to));
    }
  }

  private synchronized boolean advance(long index, LedgerState to) {
    if (index <= shown) {
      return false;
    }
    shown = index;
    state = to;
    return true;
  }

  private void tell(Consumer<LedgerListener> news) {
    for (LedgerListener listener : listeners) {
      try {
        news.accept(listener);
      } catch (RuntimeException e) {
        LOG.error("A listener of the ledger failed", e);
      }
    }
  }
}
