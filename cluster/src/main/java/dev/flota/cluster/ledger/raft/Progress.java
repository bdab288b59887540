package dev.flota.cluster.ledger.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What submitters wait for: entries applied here, and leaders elected. Thread-safe. */
final class Progress {
  private final NavigableMap<Long, CompletableFuture<Void>> waiting = new TreeMap<>();
  private CompletableFuture<Void> election = new CompletableFuture<>();
  private long applied = -1;
  private @Nullable String stopped;

  void appliedTo(long index) {
    List<CompletableFuture<Void>> reached;
    synchronized (this) {
      applied = Math.max(applied, index);
      NavigableMap<Long, CompletableFuture<Void>> due = waiting.headMap(applied, true);
      reached = new ArrayList<>(due.values());
      due.clear();
    }
    reached.forEach(future -> future.complete(null));
  }

  /** Completes when the entry is applied here. */
  synchronized CompletableFuture<Void> applied(long index) {
    return index <= applied
        ? CompletableFuture.completedFuture(null)
        : waiting.computeIfAbsent(index, i -> new CompletableFuture<>());
  }

  void leaderChanged() {
    CompletableFuture<Void> past;
    synchronized (this) {
      past = election;
      election = new CompletableFuture<>();
    }
    past.complete(null);
  }

  /** Completes when this host hears of another leader, or stops. */
  synchronized CompletableFuture<Void> nextElection() {
    return election;
  }

  /** This replica goes on no more; the first reason counts. */
  void stoppedBy(String reason) {
    synchronized (this) {
      if (stopped == null) {
        stopped = reason;
      }
    }
    leaderChanged();
  }

  /** Why this replica goes on no more; {@code null} while it does. */
  synchronized @Nullable String stopped() {
    return stopped;
  }
}
