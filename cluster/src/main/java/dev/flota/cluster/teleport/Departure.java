package dev.flota.cluster.teleport;

import dev.flota.cluster.custody.Custodian;
import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.Relocation;
import dev.flota.engine.runtime.Dumped;
import dev.flota.engine.runtime.PageTransport;
import dev.flota.engine.runtime.Pages;
import dev.flota.engine.runtime.Round;
import dev.flota.engine.spec.ContainerRecord;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One container's move, on the host that it leaves. One that does not run moves the same way, with
 * nothing to be frozen, dumped and restored.
 *
 * <pre>
 * step       when it fails                       what the ledger says
 * PREPARE    cancel                              owner here, epoch n
 * COPY       cancel                              owner here, epoch n
 * ROUNDS     (pre-copy) cancel                   owner here, epoch n
 * FREEZE     thaw, cancel                        owner here, epoch n
 * DUMP       thaw, cancel                        owner here, epoch n
 * SEND       thaw, cancel                        owner here, epoch n
 * HAND_OVER  recall (n+1), thaw, cancel;         owner there, epoch n+1, moved from here
 *            when that fails too as RESTORE
 * RESTORE    cancel; the ledger is asked:
 *              returned  thaw                    owner here, epoch n+2
 *              settled   end it here             owner there, epoch n+1
 *              neither   undecided               owner there, epoch n+1, moved from here
 * MEMORY     (post-copy) the container is lost   owner there, epoch n+1
 * </pre>
 *
 * <p>What is undecided stays frozen until the ledger says more, and is then dealt with as one of
 * this host's {@linkplain dev.flota.cluster.custody.Duty duties}; so is everything after a crash.
 */
public final class Departure {
  private static final Logger LOG = LoggerFactory.getLogger(Departure.class);
  private static final Duration DECIDED_WITHIN = Duration.ofSeconds(30);

  private static final long ENOUGH_TO_TELL = 32 << 20;
  private static final long TELL_BYTES = 1 << 20;
  private static final long NONE = -1;
  private static final long LOOK_NANOS = Duration.ofMillis(20).toNanos();

  private final Relocation relocation;
  private final Custodian custodian;
  private final Destination destination;
  private final Consumer<Step> listener;
  private final AtomicLong bytes = new AtomicLong();
  private final long begun = System.nanoTime();
  private final long deadline;
  private final TeleportWish wish;
  private final PageTransport pages;
  private final Way.Means means;
  private final List<Rounds.Sent> rounds = new ArrayList<>();
  private Way way = Way.STOP;
  private long expected;
  private long firstSent;
  private long told;
  private PageTransport.@Nullable Place memoryTo;
  private PageTransport.@Nullable Place memoryAt;
  private long frozen;
  private long running;
  private @Nullable ContainerRecord offered;

  /**
   * A move to there.
   *
   * @param pages how memory goes there
   * @param means what both hosts can do
   * @param wish the move is given up when it has not come to {@link Step.Phase#HAND_OVER} in time
   */
  public Departure(
      Relocation relocation,
      Custodian custodian,
      Destination destination,
      PageTransport pages,
      Way.Means means,
      TeleportWish wish,
      Consumer<Step> listener) {
    this.relocation = relocation;
    this.custodian = custodian;
    this.destination = destination;
    this.listener = listener;
    this.pages = pages;
    this.means = means;
    this.wish = wish;
    deadline = begun + wish.timeout().toNanos();
  }

  /** What has become of a container. */
  public enum Fate {
    /** It goes on there, and is to be ended here. */
    LEFT,
    /** Nobody knows yet: it stays frozen. */
    UNDECIDED
  }

  /** Name of the other host. */
  public String to() {
    return destination.name();
  }

  /**
   * What can be done while the container runs; when it fails it is to be {@link #giveUp given up}.
   */
  public void prepare(Offer offer) {
    ContainerRecord record = offer.record();
    expected = offer.memory() + offer.files();
    offered = record.withEpoch(0); // a duty may still be about to set that
    relocation.forgetImages(record.id()); // of a move that ended with an earlier daemon
    tell(Step.Phase.PREPARE);
    destination.supply(offer, Duration.ofNanos(deadline - System.nanoTime()));
    requireTime();
    destination.prepare(offer);
    tell(Step.Phase.COPY);
    firstSent = System.nanoTime();
    sendFiles(record);
    Way.Situation situation = Way.Situation.of(record, offer.memory(), means);
    way = Way.of(wish.mode(), situation, rate());
    if (way == Way.STOP || way == Way.PRECOPY) {
      prepareMemory(record, situation);
    }
  }

  /** For what is sent before the switch: all that can be while the container runs. */
  private void prepareMemory(ContainerRecord record, Way.Situation situation) {
    if (!relocation.canSendMemory(record)) {
      way = Way.STOP;
      return;
    }
    boolean futile = way == Way.PRECOPY && sendRounds(record) == Rounds.Next.FUTILE;
    if (futile && wish.mode() == TeleportWish.Mode.AUTO && situation.mayFetch()) {
      way = Way.POSTCOPY;
    } else {
      memoryTo = destination.openPages(record.id(), new Round(rounds.size(), true));
    }
  }

  private Rounds.Next sendRounds(ContainerRecord record) {
    tell(Step.Phase.ROUNDS);
    Rounds.Next next = Rounds.Next.AGAIN;
    while (next == Rounds.Next.AGAIN) {
      requireTime();
      Round round = new Round(rounds.size(), false);
      PageTransport.Place to = destination.openPages(record.id(), round);
      long start = System.nanoTime();
      long sent = relocation.sendMemory(record, new Pages.Sent(pages, to, round));
      sentMemory(sent, System.nanoTime() - start);
      next = new Rounds(rounds).next();
    }
    return next;
  }

  private void sentMemory(long sent, long nanos) {
    rounds.add(new Rounds.Sent(sent, nanos));
    long all = bytes.addAndGet(sent);
    if (way == Way.PRECOPY) {
      listener.accept(new Step.Round(rounds.size(), sent, Duration.ofNanos(nanos).toMillis()));
    }
    listener.accept(new Step.Sent(all, Math.max(expected, all), perSecond(all)));
  }

  private void sendFiles(ContainerRecord record) {
    for (String part : Relocation.parts(record)) {
      destination.sendFiles(
          record.id(), part, counted(to -> relocation.sendFiles(record, part, to)));
    }
  }

  /** Waits until that is so, as long as the move may take. */
  public void await(BooleanSupplier done) {
    if (!done.getAsBoolean()) {
      tell(Step.Phase.WAIT);
    }
    while (!done.getAsBoolean()) {
      requireTime();
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Gives up what {@link #prepare} made. */
  public void giveUp(ContainerRecord record) {
    relocation.forgetImages(record.id());
    cancel(record);
  }

  /** Harmless when the other host lets it go on, or has. */
  private void cancel(ContainerRecord record) {
    try {
      destination.cancel(record.id());
    } catch (RuntimeException e) {
      LOG.warn("{} may keep something of {}", destination.name(), record.name(), e);
    }
  }

  /**
   * The rest; by the container's actor, which does nothing else meanwhile. A failure after which
   * the container goes on here is thrown.
   *
   * @param onFrozen called once it does not run any more
   */
  public Fate move(ContainerRecord record, Runnable onFrozen) {
    boolean cold = way == Way.COLD;
    if (cold == record.state().status().alive()) {
      giveUp(record);
      throw EngineException.conflict(
          "container %s has %s while its files were copied: try again"
              .formatted(record.name(), cold ? "been started" : "ended"));
    }
    if (!record.withEpoch(0).equals(offered)) { // the other host has it as it was
      giveUp(record);
      throw EngineException.conflict(
          "container %s was changed while its files were copied: try again"
              .formatted(record.name()));
    }
    dump(record, onFrozen);
    long epoch;
    try {
      tell(Step.Phase.HAND_OVER);
      epoch = custodian.move(record.id(), destination.hostId());
    } catch (RuntimeException e) {
      return recalled(record, e);
    }
    try {
      tell(Step.Phase.RESTORE);
      destination.restore(record.id(), epoch, record.state(), memoryAt);
      running = System.nanoTime();
    } catch (RuntimeException e) {
      LOG.warn("{} did not restore {}: {}", destination.name(), record.name(), e.toString());
      cancel(record); // it may never have heard of it, and would wait
      return decided(record, epoch, e);
    }
    return decided(record, epoch, EngineException.system("it came back"));
  }

  private void dump(ContainerRecord record, Runnable onFrozen) {
    try {
      tell(Step.Phase.FREEZE);
      frozen = System.nanoTime();
      relocation.freeze(record);
      onFrozen.run();
      if (way != Way.COLD) {
        tell(Step.Phase.DUMP);
        dumpMemory(record);
      }
      tell(Step.Phase.SEND);
      sendFiles(record);
      if (way != Way.COLD) {
        destination.sendImages(record.id(), counted(to -> relocation.sendImages(record, to)));
      }
      requireTime();
    } catch (RuntimeException e) {
      throw goesOn(record, e);
    }
  }

  private void dumpMemory(ContainerRecord record) {
    PageTransport.Place to = memoryTo;
    Pages where = way == Way.POSTCOPY ? new Pages.Kept(pages) : new Pages.Written();
    if (to != null) {
      where = new Pages.Sent(pages, to, new Round(rounds.size(), true));
    }
    long start = System.nanoTime();
    try {
      switch (relocation.dump(record, where)) {
        case Dumped.Sent(long sent) -> sentMemory(sent, System.nanoTime() - start);
        case Dumped.Written _ -> LOG.debug("the memory of {} is among its images", record.name());
        case Dumped.Kept(PageTransport.Place at) -> {
          memoryAt = at;
          bytes.addAndGet(relocation.memory(record));
        }
      }
    } catch (EngineException e) {
      String problem = to == null ? "" : destination.pagesProblem(record.id());
      throw problem.isEmpty()
          ? e
          : EngineException.system("%s: %s".formatted(destination.name(), problem), e);
    }
  }

  private RuntimeException goesOn(ContainerRecord record, RuntimeException failure) {
    try {
      relocation.thaw(record);
    } catch (RuntimeException further) {
      failure.addSuppressed(further);
    }
    giveUp(record);
    return failure;
  }

  /** Whether the fleet has heard of the move is not known. */
  private Fate recalled(ContainerRecord record, RuntimeException failure) {
    try {
      custodian.recall(record.id());
    } catch (EngineException e) {
      LOG.warn("{} stays frozen for now: {}", record.name(), e.text());
      failure.addSuppressed(e);
      cancel(record);
      return decided(record, NONE, failure); // nobody was asked to let it go on
    }
    throw goesOn(record, failure);
  }

  /**
   * What the ledger says in the end.
   *
   * @param epoch of the move: what this host has read last may be older
   */
  private Fate decided(ContainerRecord record, long epoch, RuntimeException failure) {
    long end = System.nanoTime() + DECIDED_WITHIN.toNanos();
    while (System.nanoTime() < end) {
      ContainerEntry entry = custodian.entry(record.id()).orElse(null);
      if (entry == null || (!custodian.isOwn(entry) && !entry.isMoving())) {
        running = running == 0 ? System.nanoTime() : running; // its answer was lost
        if (way == Way.POSTCOPY) {
          tell(Step.Phase.MEMORY);
        }
        return Fate.LEFT;
      }
      if (custodian.isOwn(entry) && entry.epoch() > epoch && running == 0) {
        throw goesOn(record, failure);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return Fate.UNDECIDED;
  }

  /** What is told at the end, or after a failure of what there was until then. */
  public Step.Done done() {
    long now = System.nanoTime();
    boolean stopped = way != Way.COLD && frozen != 0;
    return new Step.Done(
        destination.name(),
        way.text(),
        millis(begun, now),
        stopped ? millis(frozen, running == 0 ? now : running) : 0,
        bytes.get());
  }

  /** What is told when it is not known whether it has moved. */
  public EngineException undecided(ContainerRecord record) {
    return new EngineException(
        ErrorKind.UNAVAILABLE,
        "container %s is frozen: %s has not said yet whether it runs there; it goes on by itself"
            .formatted(record.name(), destination.name()));
  }

  /** Bytes that went over each second, if enough did to tell. */
  private long rate() {
    long sent = bytes.get();
    return sent < ENOUGH_TO_TELL ? Way.USUAL_RATE : perSecond(sent);
  }

  private long perSecond(long sent) {
    return (long) (sent * 1e9 / Math.max(1, System.nanoTime() - firstSent));
  }

  private static long millis(long from, long to) {
    return Duration.ofNanos(to - from).toMillis();
  }

  private void requireTime() {
    if (System.nanoTime() > deadline) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE, "the move was given up: it took longer than its timeout");
    }
  }

  private void tell(Step.Phase phase) {
    listener.accept(new Step.Begun(phase));
  }

  private Consumer<OutputStream> counted(Consumer<OutputStream> writer) {
    return to -> writer.accept(new Counting(to));
  }

  private final class Counting extends FilterOutputStream {
    Counting(OutputStream to) {
      super(to);
    }

    @Override
    public void write(byte[] content, int offset, int length) throws IOException {
      requireTime();
      out.write(content, offset, length);
      long sent = bytes.addAndGet(length);
      if (sent - told >= TELL_BYTES) {
        told = sent;
        listener.accept(new Step.Sent(sent, Math.max(expected, sent), perSecond(sent)));
      }
    }
  }
}
