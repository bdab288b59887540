package dev.flota.cluster.custody;

import static dev.flota.cluster.ledger.LedgerSamples.container;
import static dev.flota.cluster.ledger.LedgerSamples.found;
import static dev.flota.cluster.ledger.LedgerSamples.host;
import static dev.flota.cluster.ledger.LedgerSamples.hostId;
import static dev.flota.cluster.ledger.LedgerSamples.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.cluster.Outcome;
import dev.flota.cluster.ledger.Answer;
import dev.flota.cluster.ledger.Applied;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.cluster.ledger.LedgerState;
import dev.flota.engine.spec.ContainerRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Three hosts in virtual time, with real decisions: links, daemons and whole hosts come and go, any
 * promise may be cut short, and containers move. What they say to each other and to the ledger
 * comes late, twice or never, and so do the answers. A container never runs twice, always has an
 * owner, and comes back when calm does.
 */
class CustodyHistoryTest {
  private static final int HOSTS = 3;
  private static final int TICK = 250;
  private static final int LEASE = 15_000;
  private static final Duration MARGIN = Duration.ofSeconds(3);
  private static final int LONGEST_RESTORE = 2000;
  private static final int LONGEST_WAY = 1500;
  private static final int ANSWERED_WITHIN = 4000;
  private static final int STORM = 4 * 120;
  private static final int CALM = 4 * 60;
  private static final List<String> CONTAINERS = List.of("c1", "c2", "c3");

  private final class Host {
    final String id;
    final LeaseWatch watch = new LeaseWatch(MARGIN);
    final Map<String, ContainerRecord> disk = new HashMap<>();
    final Set<String> running = new HashSet<>();
    final Set<String> registered = new HashSet<>();

    /** In memory, and cannot go on by themselves. */
    final Set<String> frozen = new HashSet<>();

    /** On disk, of those that were frozen for a move. */
    final Set<String> notes = new HashSet<>();

    /** Of those, what others have seen go on elsewhere: it must not go on from here. */
    final Set<String> outdated = new HashSet<>();

    /** On disk, of what is moved here and has not been connected. */
    final Set<String> unopened = new HashSet<>();

    /** When the restore of what is moved here is over. */
    final Map<String, Long> arriving = new HashMap<>();

    /** What others are about to move here. */
    final Map<String, Sender> expected = new HashMap<>();

    /** Questions that wait for an answer, by container, which is left alone meanwhile. */
    final Map<String, Question> asking = new HashMap<>();

    /** Containers whose moves are to be given up on the host that they went to. */
    final Map<String, Host> cancelling = new HashMap<>();

    /** Counts the daemons. */
    int life;

    final List<Renewal> underWay = new ArrayList<>();
    boolean linked = true;
    boolean daemon = true;
    boolean power = true;
    boolean renewed;
    long leaseFile = -1;

    Host(int number) {
      id = hostId(number);
    }

    boolean hears() {
      return power && daemon && linked;
    }

    boolean held() {
      return daemon && renewed && now < leaseFile;
    }

    /** The fencer, which needs neither the daemon nor a link. */
    void fence() {
      if (power && leaseFile >= 0 && now >= leaseFile) {
        running.removeAll(registered);
        arriving.keySet().removeAll(registered);
      }
    }

    void look() {
      if (!hears()) {
        return;
      }
      Map<String, Long> lost =
          watch.look(ledger.hosts(), Duration.ofMillis(now).toNanos()); // even if not held
      if (!held()) {
        return;
      }
      Duty.of(
              ledger.containers().entries(),
              id,
              List.copyOf(disk.values()),
              container -> true,
              Set.of(),
              new Duty.Moves(Set.copyOf(notes), Set.copyOf(unopened), worked()))
          .forEach(this::carryOut);
      for (ContainerRecord own : List.copyOf(disk.values())) {
        boolean permitted =
            !notes.contains(own.id())
                && !entry(own.id()).isMoving()
                && (own.epoch() == 0 || owns(own.id()));
        if (permitted && running.add(own.id()) && own.epoch() > 0) {
          registered.add(own.id());
        }
      }
      for (ContainerEntry entry : ledger.containers().all()) {
        Long renewal = lost.get(entry.ownerHostId());
        if (renewal != null && entry.isMovedFrom(id)) {
          submit(new Change.TakeOver(entry.id(), entry.epoch(), entry.ownerHostId(), renewal, id));
        } else if (renewal != null && entry.isPromised() && !entry.isMoving()) {
          takeOver(entry, renewal);
        }
      }
      move();
    }

    /** Containers that somebody here is moving right now. */
    private Set<String> worked() {
      Set<String> all = new HashSet<>(arriving.keySet());
      all.addAll(expected.keySet());
      all.addAll(asking.keySet());
      return all;
    }

    /** Any step may be the last. */
    private void move() {
      Host to = hosts.get(random.nextInt(HOSTS));
      if (calm || to.id.equals(id) || running.isEmpty() || random.nextInt(20) > 0) {
        return;
      }
      String container = running.iterator().next();
      if (!owns(container)
          || entry(container).isMoving()
          || worked().contains(container)
          || !to.hears()
          || to.disk.containsKey(container) // what it had of it before
          || to.worked().contains(container)) {
        return;
      }
      long epoch = entry(container).epoch();
      to.expected.put(container, new Sender(this, life));
      notes.add(container);
      running.remove(container);
      frozen.add(container);
      if (random.nextInt(6) == 0) {
        stopDaemon();
      } else if (random.nextInt(6) == 0) {
        cancelling.put(container, to); // a failure before the fleet was asked
        resume(entry(container));
      } else {
        ask(
            container,
            new Change.Move(container, epoch, to.id),
            () -> {
              say(to, () -> to.arrive(this, container, epoch + 1));
              later(() -> cancelling.put(container, to)); // harmless if it goes on there
            },
            () -> {
              cancelling.put(container, to);
              resume(entry(container));
            });
      }
    }

    /** Tries until it has been heard, or one of both has begun anew. */
    void cancel() {
      if (!hears()) {
        return;
      }
      Map.copyOf(cancelling)
          .forEach(
              (container, to) -> {
                if (to.hears()) {
                  cancelling.remove(container);
                  Sender sender = to.expected.get(container);
                  if (sender != null && sender.host() == this) {
                    to.expected.remove(container);
                  }
                }
              });
    }

    /** That a host has begun anew, or that it is lost, is seen sooner or later. */
    void forgetLost() {
      expected
          .values()
          .removeIf(
              sender ->
                  (sender.host().life != sender.life() || !sender.host().hears())
                      && random.nextInt(8) == 0);
    }

    /** Begins only with a lease that outlasts the restore. */
    private void arrive(Host from, String container, long epoch) {
      Sender sender = expected.get(container);
      if (sender == null || sender.host() != from) {
        return;
      }
      expected.remove(container);
      ContainerEntry entry = entry(container);
      if (held()
          && now + LONGEST_RESTORE < leaseFile
          && owns(container)
          && entry.isMovedFrom(from.id)
          && entry.epoch() == epoch) {
        disk.put(container, record(container, container).withEpoch(epoch));
        unopened.add(container);
        registered.add(container);
        arriving.put(container, now + random.nextInt(LONGEST_RESTORE));
      }
    }

    /** A message: it may come late, twice or never. */
    private void say(Host to, Runnable content) {
      send(
          6,
          () -> {
            if (to.hears()) {
              content.run();
            }
          });
    }

    /**
     * Over this host's link, if it has one then; one of so many gets lost, one of six is doubled.
     */
    private void send(int lostOneOf, Runnable content) {
      int copies = random.nextInt(lostOneOf) == 0 ? 0 : random.nextInt(6) == 0 ? 2 : 1;
      for (int copy = 0; copy < copies; copy++) {
        messages.add(
            new Message(
                now + random.nextInt(LONGEST_WAY),
                () -> {
                  if (linked) {
                    content.run();
                  }
                }));
      }
    }

    /** In a while, unless this daemon ends before. */
    private void later(Runnable content) {
      int asker = life;
      messages.add(
          new Message(
              now + random.nextInt(LONGEST_WAY),
              () -> {
                if (life == asker) {
                  content.run();
                }
              }));
    }

    /**
     * Asks the ledger, which may be asked late, twice or never. The first answer counts, if it
     * comes to the daemon that has asked while that still waits; afterwards it is as good as
     * refused.
     */
    private void ask(String container, Change<?> change, Runnable done, Runnable refused) {
      Question question = new Question(now + ANSWERED_WITHIN, refused);
      asking.put(container, question);
      AtomicBoolean answered = new AtomicBoolean();
      send(
          8,
          () -> {
            boolean ok = submit(change).outcome() instanceof Outcome.Ok<? extends Answer>;
            if (answered.compareAndSet(false, true)) {
              later(() -> answer(container, question, ok ? done : refused));
            }
          });
    }

    private void answer(String container, Question question, Runnable content) {
      if (linked && asking.remove(container, question)) {
        content.run();
      }
    }

    void stopWaiting() {
      Map.copyOf(asking)
          .forEach(
              (container, question) -> {
                if (now > question.until() && asking.remove(container, question)) {
                  question.refused().run();
                }
              });
    }

    /** The restore ends, also while the daemon is away. */
    void restore() {
      for (Map.Entry<String, Long> arrival : Map.copyOf(arriving).entrySet()) {
        if (power && now >= arrival.getValue()) {
          arriving.remove(arrival.getKey());
          if (random.nextInt(3) > 0) {
            running.add(arrival.getKey());
          }
          if (hears() && random.nextInt(3) > 0) {
            conclude(entry(arrival.getKey()));
          }
        }
      }
    }

    private void conclude(ContainerEntry entry) {
      if (running.contains(entry.id())) {
        ask(
            entry.id(),
            new Change.SettleMove(entry.id(), entry.epoch()),
            () -> open(entry.id()),
            () -> {});
      } else {
        disk.remove(entry.id());
        unopened.remove(entry.id());
        ask(entry.id(), new Change.ReturnMove(entry.id(), entry.epoch()), () -> {}, () -> {});
      }
    }

    /**
     * Others see it from here on; the daemon may end before that is noted, or before it is done.
     */
    private void open(String container) {
      int steps = random.nextInt(4);
      if (steps > 0 && running.contains(container)) {
        for (Host other : hosts) {
          if (other.frozen.contains(container)) {
            other.outdated.add(container);
          }
        }
      }
      if (steps > 1) {
        unopened.remove(container);
      }
    }

    private void resume(ContainerEntry entry) {
      ask(
          entry.id(),
          new Change.Recall(entry.id(), entry.epoch(), id),
          () -> {
            if (frozen.remove(entry.id())) {
              running.add(entry.id());
              if (outdated.contains(entry.id())) {
                throw new AssertionError(
                    "%s goes on as it was before others saw it go on at %d ms"
                        .formatted(entry.id(), now));
              }
            }
            notes.remove(entry.id());
          },
          () -> {});
    }

    private boolean owns(String container) {
      return entry(container).ownerHostId().equals(id);
    }

    private void takeOver(ContainerEntry entry, long renewal) {
      registered.add(entry.id());
      Applied applied =
          submit(new Change.TakeOver(entry.id(), entry.epoch(), entry.ownerHostId(), renewal, id));
      if (applied.outcome() instanceof Outcome.Ok<Answer> && random.nextInt(5) > 0) {
        disk.put(entry.id(), entry.record().withEpoch(entry.epoch() + 1));
      } // else the daemon crashes in between
    }

    /** Each step may be the last. */
    private void carryOut(Duty duty) {
      String container = duty.containerId();
      int steps = random.nextInt(4) == 0 ? random.nextInt(3) : 3;
      switch (duty) {
        case Duty.Abandon _ -> {
          running.remove(container);
          frozen.remove(container);
          registered.remove(container);
          disk.remove(container);
          notes.remove(container);
          outdated.remove(container);
          unopened.remove(container);
        }
        case Duty.Promise(String id, long epoch) -> {
          if (steps > 0) {
            disk.computeIfPresent(id, (same, known) -> known.withEpoch(epoch));
          }
          if (steps > 1) {
            registered.add(id);
          }
          if (steps > 2) {
            submit(
                new Change.UpdateContainer(
                    id, epoch, Duty.essence(record(id, id).withEpoch(epoch))));
          }
        }
        case Duty.Restore(ContainerEntry entry) -> {
          registered.add(entry.id());
          disk.put(entry.id(), entry.record());
        }
        case Duty.Conclude(ContainerEntry entry) -> conclude(entry);
        case Duty.Open _ -> open(container);
        case Duty.Resume(ContainerEntry entry) -> resume(entry);
        case Duty.Enter _,
            Duty.Withdraw _,
            Duty.Note _,
            Duty.Rename _,
            Duty.Revive _,
            Duty.Finish _ ->
            throw new AssertionError("nobody asked for " + duty);
      }
    }

    @Override
    public String toString() {
      return "%s: disk %s, running %s, frozen %s, notes %s, arriving %s, expected %s, asking %s"
          .formatted(
              id,
              disk.keySet(),
              running,
              frozen,
              notes,
              arriving.keySet(),
              expected.keySet(),
              asking.keySet());
    }

    void beginRenewal() {
      if (hears()) {
        underWay.add(new Renewal(now, now + random.nextInt(3000), random.nextInt(2000)));
      }
    }

    /** Renewals reach the ledger late, and the answers come back later still. */
    void renew() {
      for (Renewal renewal : List.copyOf(underWay)) {
        if (now >= renewal.applied() && !renewal.done) {
          renewal.done = linked;
          if (linked) {
            submit(new Change.RenewLease(id, 1, LEASE));
          } else {
            underWay.remove(renewal);
          }
        }
        if (renewal.done && now >= renewal.applied() + renewal.answered()) {
          underWay.remove(renewal);
          if (leaseFile >= 0 && now >= leaseFile) {
            running.removeAll(registered);
          }
          leaseFile = Math.max(leaseFile, renewal.asked() + LEASE);
          renewed = true;
        }
      }
    }

    void cutPower() {
      power = false;
      stopDaemon();
      running.clear();
      frozen.clear();
      outdated.clear();
      arriving.clear();
      registered.clear();
      leaseFile = -1;
    }

    void stopDaemon() {
      daemon = false;
      renewed = false;
      life++;
      underWay.clear();
      expected.clear();
      asking.clear();
      cancelling.clear();
    }
  }

  /** Who is about to move something, and which of its daemons. */
  private record Sender(Host host, int life) {}

  private record Message(long due, Runnable content) {}

  private record Question(long until, Runnable refused) {}

  private static final class Renewal {
    private final long asked;
    private final long applied;
    private final long answered;
    private boolean done;

    Renewal(long asked, long applied, long answered) {
      this.asked = asked;
      this.applied = applied;
      this.answered = answered;
    }

    long asked() {
      return asked;
    }

    long applied() {
      return applied;
    }

    long answered() {
      return answered;
    }
  }

  private LedgerState ledger = LedgerState.EMPTY;
  private long now;
  private boolean calm;
  private RandomGenerator random = RandomGenerator.getDefault();
  private List<Host> hosts = List.of();
  private final List<Message> messages = new ArrayList<>();

  private ContainerEntry entry(String container) {
    return ledger.containers().byId(container).orElseThrow();
  }

  private Applied submit(Change<?> change) {
    Applied applied = ledger.apply(change);
    ledger = applied.state();
    return applied;
  }

  /** A thousand, or as many as {@code -Djqwik.tries.default} says. */
  @Property
  void nothingEverRunsTwiceOrFallsBackAndAllComesBack(@ForAll long seed) {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    begin();
    for (int tick = 0; tick < STORM; tick++) {
      if (random.nextInt(12) == 0) {
        trouble(hosts.get(random.nextInt(HOSTS)));
      }
      pass(tick);
    }
    calm = true;
    hosts.forEach(
        host -> {
          host.linked = true;
          host.power = true;
          host.daemon = true;
        });
    for (int tick = 0; tick < CALM; tick++) {
      pass(tick);
    }
    for (String container : CONTAINERS) {
      assertThat(hosts.stream().filter(host -> host.running.contains(container)))
          .as("%s, by the ledger %s, by the hosts %s", container, entry(container), hosts)
          .hasSize(1)
          .as("those that nobody has connected")
          .noneMatch(host -> host.unopened.contains(container));
    }
  }

  private void begin() {
    ledger = LedgerState.EMPTY;
    messages.clear();
    now = 0;
    calm = false;
    hosts = List.of(new Host(1), new Host(2), new Host(3));
    submit(found());
    for (int number = 1; number <= HOSTS; number++) {
      submit(host(number));
    }
    for (int i = 0; i < CONTAINERS.size(); i++) {
      String id = CONTAINERS.get(i);
      submit(container(id, id, i + 1));
      hosts.get(i).disk.put(id, record(id, id).withEpoch(0));
    }
  }

  private void trouble(Host host) {
    switch (random.nextInt(6)) {
      case 0 -> host.linked = false;
      case 1, 2 -> host.linked = true;
      case 3 -> host.stopDaemon();
      case 4 -> host.cutPower();
      default -> {
        host.power = true;
        host.daemon = true;
      }
    }
  }

  private void pass(int tick) {
    now += TICK;
    hosts.forEach(Host::fence);
    hosts.forEach(Host::restore);
    check();
    for (Message message : List.copyOf(messages)) {
      if (now >= message.due()) {
        messages.remove(message);
        message.content().run();
        check();
      }
    }
    hosts.forEach(Host::stopWaiting);
    hosts.forEach(Host::cancel);
    hosts.forEach(Host::forgetLost);
    for (Host host : hosts) {
      if (tick % 12 == 0) {
        host.beginRenewal();
      }
      host.renew();
      if (tick % 4 == 0) {
        host.look();
      }
      check();
    }
  }

  private void check() {
    for (String container : CONTAINERS) {
      int times = 0;
      for (Host host : hosts) {
        times += host.running.contains(container) ? 1 : 0;
      }
      if (times > 1) {
        throw new AssertionError("%s runs %d times at %d ms".formatted(container, times, now));
      }
      if (ledger.containers().byId(container).isEmpty()) {
        throw new AssertionError("%s has no owner at %d ms".formatted(container, now));
      }
    }
  }
}
