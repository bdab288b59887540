package dev.flota.cluster.teleport;

import dev.flota.cluster.custody.Custodian;
import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.engine.EngineException;
import dev.flota.engine.container.ContainerEngine;
import dev.flota.engine.container.Relocation;
import dev.flota.engine.container.Relocation.Arrival;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.RunState;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
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
  private final Map<String, Expected> expected = new ConcurrentHashMap<>();

  private record Expected(String from, ContainerRecord record, Arrival arrival) {}

  /** What comes to that engine. */
  public Arrivals(ContainerEngine engine, Custodian custodian, Moves moves) {
    this.engine = engine;
    this.custodian = custodian;
    this.moves = moves;
  }

  /**
   * Makes everything ready; the image is here.
   *
   * @param from the host that has it
   */
  public void prepare(String from, ContainerRecord record) {
    ContainerEntry entry = require(record.id());
    if (!entry.ownerHostId().equals(from)
        || !entry.record().config().equals(record.config())
        || !entry.record().hostConfig().equals(record.hostConfig())
        || !entry.record().imageId().equals(record.imageId())) {
      throw EngineException.conflict(
          "container %s is not what the fleet knows by that id".formatted(record.name()));
    }
    if (!moves.begin(record.id())) {
      throw EngineException.conflict(
          "container %s is being moved here already".formatted(record.name()));
    }
    try {
      Relocation relocation = engine.relocation();
      expected.put(record.id(), new Expected(from, record, relocation.prepare(record)));
    } catch (RuntimeException e) {
      moves.end(record.id());
      throw e;
    }
  }

  /** Takes in files. */
  public void receiveFiles(String from, String id, InputStream content) throws IOException {
    require(from, id).arrival().receiveFiles(content);
  }

  /** Takes in images. */
  public void receiveImages(String from, String id, InputStream content) throws IOException {
    require(from, id).arrival().receiveImages(content);
  }

  /**
   * Lets it go on here. When this fails it is the other host's again, at once or as soon as the
   * fleet's majority can be asked.
   *
   * @param arrived gets the record once it runs
   */
  public void restore(
      String from, String id, long epoch, RunState state, Consumer<ContainerRecord> arrived) {
    Expected coming = require(from, id);
    custodian.catchUp();
    ContainerEntry entry = require(id);
    if (!custodian.isOwn(entry) || !entry.isMovedFrom(from) || entry.epoch() != epoch) {
      throw EngineException.conflict(
          "container %s is not this host's at epoch %d".formatted(entry.name(), epoch));
    }
    ContainerRecord running;
    try {
      custodian.expect(coming.record());
      coming.arrival().own(epoch);
      running = coming.arrival().restore(epoch, state);
      engine.save(running);
    } catch (RuntimeException e) {
      giveBack(coming, entry, e);
      throw e;
    }
    try {
      custodian.settle(entry);
    } catch (EngineException e) {
      LOG.warn("{} runs here, and the fleet is still to hear of it: {}", entry.name(), e.text());
    }
    arrived.accept(running);
    coming.arrival().done();
    expected.remove(id);
    moves.end(id);
    LOG.info("{} has come from {}", entry.name(), custodian.nameOf(from));
  }

  private void giveBack(Expected coming, ContainerEntry entry, RuntimeException failure) {
    try {
      coming.arrival().close();
      custodian.giveBack(entry);
    } catch (RuntimeException e) {
      failure.addSuppressed(e); // from now on it is a duty
    }
    expected.remove(entry.id());
    moves.end(entry.id());
  }

  /** Removes what was made ready. */
  public void cancel(String from, String id) {
    Expected coming = expected.get(id);
    if (coming != null && coming.from().equals(from) && expected.remove(id, coming)) {
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
