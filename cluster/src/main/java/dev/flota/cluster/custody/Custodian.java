package dev.flota.cluster.custody;

import dev.flota.cluster.fence.FenceFiles;
import dev.flota.cluster.fence.Fenced;
import dev.flota.cluster.ledger.Answer;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.cluster.ledger.Ledger;
import dev.flota.cluster.ledger.LedgerState;
import dev.flota.cluster.ledger.Submission;
import dev.flota.engine.EngineException;
import dev.flota.engine.container.Claims;
import dev.flota.engine.spec.ContainerRecord;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that this host runs what is its own by the ledger, and nothing else.
 *
 * <p>A promise to others, that they may take a container over when this host is lost, is made in
 * this order: the record here says so, then the fencer knows, then the ledger; and taken back in
 * the opposite one. So whatever ends in between, nobody takes over what might go on running here.
 */
public final class Custodian implements Claims, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Custodian.class);

  /** With fewer hosts no majority is left when one is lost, so nobody could take anything over. */
  private static final int FEWEST_HOSTS = 3;

  /** Of a container that no other host has had. */
  private static final long FIRST_EPOCH = 1;

  private final Ledger ledger;
  private final String hostId;
  private final FenceFiles fence;
  private final LeaseKeeper lease;
  private final Function<ContainerRecord, String> cgroups;
  private final boolean rescheduleByDefault;
  private volatile Supplier<Duty.Moves> moves = () -> Duty.Moves.NONE;

  /**
   * The custodian of that host.
   *
   * @param cgroups the control group of a container
   * @param rescheduleByDefault for containers that do not say themselves
   */
  public Custodian(
      Ledger ledger,
      String hostId,
      FenceFiles fence,
      LeaseKeeper lease,
      Function<ContainerRecord, String> cgroups,
      boolean rescheduleByDefault) {
    this.ledger = ledger;
    this.hostId = hostId;
    this.fence = fence;
    this.lease = lease;
    this.cgroups = cgroups;
    this.rescheduleByDefault = rescheduleByDefault;
  }

  /** Who knows of the moves that concern this host. */
  public void heed(Supplier<Duty.Moves> known) {
    moves = known;
  }

  /** Begins to renew the lease. */
  public void start() {
    lease.start();
  }

  /** What the fleet has decided, as far as this host knows. */
  public LedgerState state() {
    return ledger.state();
  }

  /** Waits until this host knows what the fleet has decided by now. */
  public void catchUp() {
    Submission.await(ledger.sync());
  }

  /** Whether the fleet has a container of that name, as far as this host knows. */
  public boolean isEntered(String name) {
    return state().containers().byName(name).isPresent();
  }

  /** Whether this host's lease is in force. */
  public boolean held() {
    return lease.held();
  }

  /** One who tells which hosts are lost. */
  public LeaseWatch watch() {
    return new LeaseWatch(lease.margin());
  }

  // ---- asked by the engine

  /** Promised from the beginning if it may be: it can be lost at any time. */
  @Override
  public ContainerRecord enter(ContainerRecord record) {
    boolean promised =
        lease.held()
            && canPromise(ledger.state())
            && Rescheduling.allowed(record, rescheduleByDefault);
    ContainerRecord entered = record.withEpoch(promised ? FIRST_EPOCH : 0);
    if (promised) {
      fence.register(record.id(), cgroups.apply(record));
    }
    create(promised ? Duty.essence(entered) : entered);
    return entered;
  }

  private void create(ContainerRecord record) {
    Submission.await(
        ledger.submit(
            new Change.CreateContainer(record.id(), record.name(), hostId, record, List.of())));
  }

  /** Enters a container that the ledger has lost, or never had. */
  public void enterAnew(ContainerRecord record) {
    create(record.withEpoch(0));
  }

  @Override
  public void rename(String id, String name) {
    Submission.await(ledger.submit(new Change.RenameContainer(id, name)));
  }

  @Override
  public void remove(String id) {
    own(id)
        .ifPresent(
            entry ->
                Submission.await(ledger.submit(new Change.RemoveContainer(id, entry.epoch()))));
    forget(id);
  }

  @Override
  public void permit(ContainerRecord record) {
    boolean moving = entry(record.id()).filter(ContainerEntry::isMoving).isPresent();
    if (record.epoch() == 0 && !moving) {
      return;
    }
    lease.require(); // from then on this host knows what was decided before
    if (entry(record.id()).filter(ContainerEntry::isMoving).isPresent()) {
      throw EngineException.conflict("container %s is being moved".formatted(record.name()));
    }
    if (ledger.state().containers().isOfAnother(record.id(), hostId)) {
      throw EngineException.conflict(
          "container %s is on another host now".formatted(record.name()));
    }
    fence.register(record.id(), cgroups.apply(record)); // anew after a boot
    fence.clear(record.id());
  }

  @Override
  public void ready() {
    lease.require();
  }

  @Override
  public void note(ContainerRecord record) {
    Optional<ContainerEntry> entry = entry(record.id()).filter(ContainerEntry::isPromised);
    if (entry.isPresent() && record.epoch() > 0) {
      submit(entry.get(), Duty.essence(record));
    }
  }

  /** The container's entry, if it is this host's. */
  private Optional<ContainerEntry> own(String id) {
    return entry(id).filter(this::isOwn);
  }

  /** What the ledger says of a container, as far as this host knows. */
  public Optional<ContainerEntry> entry(String id) {
    return ledger.state().containers().byId(id);
  }

  /** Whether a container is this host's. */
  public boolean isOwn(ContainerEntry entry) {
    return entry.ownerHostId().equals(hostId);
  }

  private void submit(ContainerEntry entry, ContainerRecord record) {
    Submission.await(ledger.submit(new Change.UpdateContainer(entry.id(), entry.epoch(), record)));
  }

  // ---- duties

  /** What is to be done for these containers, all there are here; nothing without the lease. */
  public List<Duty> duties(List<ContainerRecord> own) {
    if (!lease.held()) {
      return List.of();
    }
    LedgerState state = ledger.state();
    boolean possible = canPromise(state);
    return Duty.of(
        state.containers().entries(),
        hostId,
        own,
        container -> possible && Rescheduling.allowed(container, rescheduleByDefault),
        fence.fenced().stream().map(Fenced::id).collect(Collectors.toSet()),
        moves.get());
  }

  private boolean canPromise(LedgerState state) {
    return state.hosts().all().size() >= FEWEST_HOSTS && fence.fencer().isPresent();
  }

  /**
   * Lets others take a container over when this host is lost.
   *
   * @param record says so already, and is written
   */
  public void promise(ContainerRecord record) {
    Optional<ContainerEntry> entry = own(record.id());
    if (entry.isPresent()) {
      fence.register(record.id(), cgroups.apply(record));
      submit(entry.get(), Duty.essence(record));
      LOG.info("{} may be started elsewhere when this host is lost", record.name());
    }
  }

  /** Takes the promise back; the record is to be written afterwards. */
  public void withdraw(ContainerRecord record) {
    Optional<ContainerEntry> entry = own(record.id());
    if (entry.isPresent()) {
      submit(entry.get(), Duty.essence(record.withEpoch(0)));
      forget(record.id());
      LOG.info("{} stays on this host whatever happens", record.name());
    }
  }

  /** A container that a host lost is this one's from now on. */
  public ContainerRecord takeOver(ContainerEntry entry, long renewal) {
    lease.require();
    fence.register(entry.id(), cgroups.apply(entry.record()));
    Answer.Epoch epoch =
        Submission.await(
            ledger.submit(
                new Change.TakeOver(
                    entry.id(), entry.epoch(), entry.ownerHostId(), renewal, hostId)));
    LOG.info("{} is this host's now, at epoch {}", entry.name(), epoch.epoch());
    return entry.record().withEpoch(epoch.epoch());
  }

  // ---- moves

  /**
   * A container of this host's, frozen, is that host's from now on.
   *
   * @return its new epoch
   */
  public long move(String id, String toHost) {
    ContainerEntry entry =
        own(id).orElseThrow(() -> EngineException.notFound("No such container: " + id));
    Answer.Epoch answer =
        Submission.await(ledger.submit(new Change.Move(id, entry.epoch(), toHost)));
    return answer.epoch();
  }

  /** Whatever was asked before, a container of this host's stays here. */
  public void recall(String id) {
    catchUp();
    ContainerEntry entry =
        own(id)
            .filter(own -> !own.isMoving())
            .orElseThrow(() -> EngineException.conflict("container " + id + " is not here"));
    Submission.await(ledger.submit(new Change.Recall(id, entry.epoch(), hostId)));
  }

  /** The fencer ends a container that comes here if this host is lost before it is settled. */
  public void expect(ContainerRecord record) {
    lease.require();
    fence.register(record.id(), cgroups.apply(record));
    fence.clear(record.id());
  }

  /**
   * A container that was moved here runs here. Unless others may start it elsewhere the fencer
   * leaves it alone from now on; nobody else may work at it meanwhile.
   */
  public void settle(String id, long epoch) {
    Submission.await(ledger.submit(new Change.SettleMove(id, epoch)));
    if (entry(id).filter(ContainerEntry::isPromised).isEmpty()) {
      forget(id);
    }
  }

  /** Nothing of a container that was moved here can run here. */
  public void giveBack(String id, long epoch) {
    Submission.await(ledger.submit(new Change.ReturnMove(id, epoch)));
    forget(id);
  }

  /** The same, without waiting; what fails is tried again the next time. */
  public void handBack(ContainerEntry entry) {
    forget(entry.id());
    tidy(new Change.ReturnMove(entry.id(), entry.epoch()));
  }

  /** The host that it was moved to is lost: it is this one's again. */
  public void takeBack(ContainerEntry entry, long renewal) {
    tidy(new Change.TakeOver(entry.id(), entry.epoch(), entry.ownerHostId(), renewal, hostId));
  }

  /** A container of which nothing was made does not exist. */
  public void drop(ContainerEntry entry) {
    tidy(new Change.RemoveContainer(entry.id(), entry.epoch()));
  }

  /** Addresses that nobody has are free. */
  public void giveBack(String ownerId) {
    tidy(new Change.GiveBackAddresses(null, ownerId));
  }

  /** What fails is tried again the next time. */
  private void tidy(Change<?> change) {
    var _ =
        ledger
            .submit(change)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    LOG.warn("not done yet: {}", change, failure);
                  } else {
                    LOG.info("tidied up: {}", change);
                  }
                });
  }

  /** What is here of it the fencer need not know any more. */
  public void forget(String id) {
    fence.unregister(id);
    fence.clear(id);
  }

  /** What the fencer stopped is dealt with. */
  public void clear(String id) {
    fence.clear(id);
  }

  /** The host's name, or the beginning of its id. */
  public String nameOf(String host) {
    return ledger.state().hosts().byId(host).map(known -> known.name()).orElse(host);
  }

  /** Lets go; the lease lasts for a while, as the daemon is expected back. */
  @Override
  public void close() {
    lease.close();
  }
}
