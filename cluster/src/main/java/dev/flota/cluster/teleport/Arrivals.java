package dev.flota.cluster.teleport;

import dev.flota.cluster.custody.Custodian;
import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.engine.ByteSize;
import dev.flota.engine.EngineException;
import dev.flota.engine.container.ContainerEngine;
import dev.flota.engine.container.Relocation.Arrival;
import dev.flota.engine.runtime.ContainerRuntime;
import dev.flota.engine.runtime.PageTransport;
import dev.flota.engine.runtime.Round;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.MountPoint;
import dev.flota.engine.spec.RunState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers that other hosts are moving here. What they say of a container is believed only as far
 * as the ledger agrees. Calls block.
 */
public final class Arrivals {
  private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);

  private final ContainerEngine engine;
  private final Custodian custodian;
  private final Moves moves;
  private final PageTransport pages;
  private final Map<String, Expected> expected = new ConcurrentHashMap<>();

  private final Losses losses;

  /** Calls back when a host is lost, unless what it returns is run before. */
  @FunctionalInterface
  public interface Losses {
    /** Of that host. */
    Runnable watch(String hostId, Runnable lost);
  }

  /** Bytes that a move leaves free where files are kept. */
  private static final long SPARE_BYTES = 64 << 20;

  private record Expected(String from, Offer offer, Arrival arrival, Runnable unwatch) {
    ContainerRecord record() {
      return offer.record();
    }
  }

  /** What comes to that engine. */
  public Arrivals(
      ContainerEngine engine,
      Custodian custodian,
      Moves moves,
      PageTransport pages,
      Losses losses) {
    this.engine = engine;
    this.custodian = custodian;
    this.moves = moves;
    this.pages = pages;
    this.losses = losses;
  }

  /** What stands against taking a container, for people. */
  public List<String> obstacles(Offer offer) {
    List<String> obstacles = new ArrayList<>();
    ContainerRecord record = offer.record();
    if (record.state().status().alive()) {
      List<String> missing = Suitability.missing(offer.instructions(), Instructions.ofThisHost());
      if (!missing.isEmpty()) {
        obstacles.add(
            "its processor lacks %s: stop it first, or choose another host"
                .formatted(String.join(", ", missing)));
      }
    }
    obstacles.addAll(engine.relocation().hindrances(record));
    if (offer.outwards() > 0 && !engine.relocation().canDetour()) {
      obstacles.add(
          "its kernel lacks nf_dup_ipv4, and %d connections that leave the fleet need it: close them first"
              .formatted(offer.outwards()));
    }
    lacking(offer.early()).ifPresent(obstacles::add);
    long room = engine.relocation().room() - SPARE_BYTES;
    if (offer.files() > room) {
      obstacles.add(
          "it has room for %s of files, %s are needed: choose another host, or make room"
              .formatted(ByteSize.human(Math.max(0, room)), ByteSize.human(offer.files())));
    }
    return obstacles;
  }

  /**
   * Makes everything ready; the image is here. What was begun before, by whomever had it then, and
   * not brought to an end, is given up.
   *
   * @param from the host that has it
   */
  public void prepare(String from, Offer offer) {
    ContainerRecord record = offer.record();
    custodian.catchUp(); // it may have been made or moved a moment ago
    ContainerEntry entry = require(record.id());
    if (!entry.ownerHostId().equals(from)
        || !entry.record().config().equals(record.config())
        || !entry.record().hostConfig().equals(record.hostConfig())
        || !entry.record().imageId().equals(record.imageId())
        || !mounts(entry.record()).equals(mounts(record))) {
      throw EngineException.conflict(
          "container %s is not what the fleet knows by that id".formatted(record.name()));
    }
    String id = record.id();
    Expected before = expected.get(id);
    if (before != null) {
      cancel(before.from(), id);
    }
    List<String> obstacles = obstacles(offer);
    if (!obstacles.isEmpty()) {
      throw EngineException.conflict(String.join("; ", obstacles));
    }
    if (!moves.begin(id)) {
      throw EngineException.conflict(
          "container %s is being moved here already".formatted(record.name()));
    }
    try {
      Arrival arrival = engine.relocation().prepare(record);
      Runnable unwatch = losses.watch(from, () -> cancel(from, id));
      expected.put(id, new Expected(from, offer, arrival, unwatch));
    } catch (RuntimeException e) {
      moves.end(id);
      throw e;
    }
  }

  /** Where a volume lies is each host's own affair. */
  private static List<MountPoint> mounts(ContainerRecord record) {
    return record.mounts().stream()
        .map(mount -> mount.type().equals("volume") ? mount.withSource(Path.of("")) : mount)
        .toList();
  }

  /** Takes in files. */
  public void receiveFiles(String from, String id, String part, InputStream content)
      throws IOException {
    require(from, id).arrival().receiveFiles(part, content);
  }

  /** Makes ready for its memory; tells where that is to be sent. */
  public PageTransport.Place openPages(String from, String id, Round round) {
    Expected coming = require(from, id);
    lacking(coming.offer().memory())
        .ifPresent(
            lack -> {
              throw EngineException.conflict(lack);
            });
    return coming.arrival().receivePages(pages, round);
  }

  /** That there is no room for so much of it before it is restored, for people. */
  private Optional<String> lacking(long memory) {
    long room = engine.relocation().memoryRoom();
    return memory <= room
        ? Optional.empty()
        : Optional.of(
            "it has room for %s of memory until it is restored, %s are needed: give mode postcopy"
                .formatted(ByteSize.human(room), ByteSize.human(memory)));
  }

  /** Why its memory could not be taken in; empty when nothing is known against it. */
  public String pagesProblem(String from, String id) {
    return require(from, id).arrival().pagesProblem();
  }

  /** Takes in images. */
  public void receiveImages(String from, String id, InputStream content) throws IOException {
    require(from, id).arrival().receiveImages(content);
  }

  /**
   * Lets it go on here, or rest if that is its state. When this fails it is the other host's again,
   * at once or as soon as the fleet's majority can be asked.
   *
   * @param memory where memory is to be had that was not sent
   * @param arrived gets the record once it is here
   */
  public void restore(
      String from,
      String id,
      long epoch,
      RunState state,
      PageTransport.@Nullable Place memory,
      Consumer<ContainerRecord> arrived) {
    Expected coming = require(from, id);
    if (!expected.remove(id, coming)) { // from here on nobody gives it up but this
      throw EngineException.conflict("the move of container " + id + " was given up");
    }
    coming.unwatch().run();
    ContainerRecord running;
    try {
      custodian.catchUp();
      running = restored(coming, epoch, state, memory);
    } catch (RuntimeException e) {
      giveBack(coming, epoch, e);
      throw e;
    }
    arrived.accept(settled(running, epoch));
    coming.arrival().done();
    moves.end(id);
    LOG.info("{} has come from {}", running.name(), custodian.nameOf(from));
  }

  /** What fails is a duty from here on. */
  private ContainerRecord settled(ContainerRecord running, long epoch) {
    try {
      custodian.settle(running.id(), epoch);
      if (!running.state().status().alive()) {
        return running;
      }
      ContainerRecord open = engine.relocation().openUp(running);
      engine.save(open);
      engine.relocation().arrived(open);
      return open;
    } catch (RuntimeException e) {
      LOG.warn("{} is here, and cannot be reached yet", running.name(), e);
      return running;
    }
  }

  private ContainerRecord restored(
      Expected coming, long epoch, RunState state, PageTransport.@Nullable Place memory) {
    ContainerEntry entry = require(coming.record().id());
    if (!custodian.isOwn(entry) || !entry.isMovedFrom(coming.from()) || entry.epoch() != epoch) {
      throw EngineException.conflict(
          "container %s is not this host's at epoch %d".formatted(entry.name(), epoch));
    }
    custodian.expect(coming.record());
    ContainerRecord owned = coming.arrival().own(epoch, state);
    if (!state.status().alive()) {
      return owned;
    }
    ContainerRecord running =
        coming
            .arrival()
            .restore(
                epoch, state, memory == null ? null : new ContainerRuntime.Later(pages, memory));
    try {
      engine.save(running);
    } catch (RuntimeException e) {
      LOG.error("{} runs here, and its record could not be written", running.name(), e);
    }
    return running;
  }

  /** What cannot be told the fleet now is a duty from here on. */
  private void giveBack(Expected coming, long epoch, RuntimeException failure) {
    String id = coming.record().id();
    try {
      coming.arrival().close();
      custodian.giveBack(id, epoch);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
    moves.end(id);
  }

  /** Removes what was made ready. */
  public void cancel(String from, String id) {
    Expected coming = expected.get(id);
    if (coming != null && coming.from().equals(from) && expected.remove(id, coming)) {
      coming.unwatch().run();
      try {
        coming.arrival().close();
      } finally {
        moves.end(id);
      }
    }
  }

  private Expected require(String from, String id) {
    Expected coming = expected.get(id);
    if (coming == null || !coming.from().equals(from)) {
      throw EngineException.notFound("no container " + id + " is expected here");
    }
    return coming;
  }

  private ContainerEntry require(String id) {
    return custodian
        .entry(id)
        .orElseThrow(() -> EngineException.notFound("No such container: " + id));
  }
}
