package dev.flota.cluster.custody;

import dev.flota.cluster.fence.FenceFiles;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.Ledger;
import dev.flota.cluster.ledger.Submission;
import dev.flota.engine.EngineException;
import dev.flota.engine.linux.BootClock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews this host's lease with the ledger's majority and tells the fencer until when it lasts. A
 * thread of its own, so that no busy or ending actor delays it.
 */
public final class LeaseKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

  /** So often in its length a lease is renewed. */
  private static final int RENEWALS = 5;

  private final Ledger ledger;
  private final String hostId;
  private final FenceFiles fence;
  private final Terms terms;
  private final Consumer<String> ender;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("lease").factory());
  private volatile Duration until;
  private volatile @Nullable String trouble = "it has not heard of the majority since its start";
  private long incarnation;

  /**
   * How long leases last.
   *
   * @param length without a word of the majority containers that others may take over run so long
   * @param absence so long a lease lasts when the daemon is ended on purpose
   * @param margin others wait so much longer
   */
  public record Terms(Duration length, Duration absence, Duration margin) {}

  /**
   * Keeps the lease of that host.
   *
   * @param ender ends all processes of a control group and returns when none is left
   */
  public LeaseKeeper(
      Ledger ledger, String hostId, FenceFiles fence, Terms terms, Consumer<String> ender) {
    this.ledger = ledger;
    this.hostId = hostId;
    this.fence = fence;
    this.terms = terms;
    this.ender = ender;
    until = fence.deadline().orElse(Duration.ZERO);
  }

  /** Begins to renew. */
  public void start() {
    var _ =
        thread.scheduleWithFixedDelay(
            this::renewOrSay, 0, terms.length().toMillis() / RENEWALS, TimeUnit.MILLISECONDS);
  }

  /** Whether the lease is in force: nobody else may run this host's containers. */
  public boolean held() {
    return trouble == null && BootClock.now().compareTo(until) < 0;
  }

  /** Fails unless the lease is in force, with the reason. */
  public void require() {
    if (!held()) {
      throw Cutoff.because(trouble);
    }
  }

  /** What others wait longer than a lease. */
  Duration margin() {
    return terms.margin();
  }

  private void renewOrSay() {
    try {
      renew(terms.length());
      if (trouble != null) {
        LOG.info("the fleet's majority has renewed the lease of this host");
      }
      trouble = null;
    } catch (EngineException e) {
      say(e.text(), e);
    } catch (RuntimeException e) {
      say(e.toString(), e);
    }
  }

  private void say(String reason, RuntimeException cause) {
    if (trouble == null) {
      LOG.warn("the lease of this host is not renewed: {}", reason, cause);
    }
    trouble = reason;
  }

  private void renew(Duration length) {
    Duration asked = BootClock.now();
    if (incarnation == 0) {
      ledger.awaitReady(terms.length());
      long last = ledger.state().hosts().lease(hostId).incarnation();
      incarnation = Math.max(System.currentTimeMillis(), last + 1);
    }
    Submission.await(ledger.submit(new Change.RenewLease(hostId, incarnation, length.toMillis())));
    endWhatRanOut();
    until = asked.plus(length);
    fence.renew(until);
  }

  /** After a lease that ran out others may have what ran here: first all of it has to end. */
  private void endWhatRanOut() {
    boolean ranOut =
        fence.deadline().filter(deadline -> BootClock.now().compareTo(deadline) >= 0).isPresent();
    if (ranOut) {
      Map<String, String> registered = fence.registered();
      LOG.warn("the lease had run out: {} containers have to start anew", registered.size());
      registered.values().forEach(ender);
    }
  }

  /** Ends, with a lease that lasts while the daemon is away; who left the fleet needs none. */
  @Override
  public void close() {
    boolean returning = held() && ledger.state().hosts().byId(hostId).isPresent();
    thread.execute(
        () -> {
          if (returning) {
            try {
              renew(terms.absence());
            } catch (RuntimeException e) {
              LOG.warn("the others do not know that this daemon ends on purpose", e);
            }
          }
        });
    thread.shutdown();
    try {
      if (!thread.awaitTermination(terms.margin().toMillis(), TimeUnit.MILLISECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
