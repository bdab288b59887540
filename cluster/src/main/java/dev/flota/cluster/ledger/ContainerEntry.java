package dev.flota.cluster.ledger;

import dev.flota.engine.spec.ContainerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A container of the fleet.
 *
 * @param id 64 hex digits
 * @param name without the leading slash, unique
 * @param ownerHostId the only host that may run it
 * @param epoch counts the owners, from 1
 * @param record all that another host needs to start it; its own epoch is 0, or this entry's when
 *     others may take it over
 * @param movedFrom the host that has it frozen until it is certain that the owner runs it; {@code
 *     null} when no move is under way
 */
public record ContainerEntry(
    String id,
    String name,
    String ownerHostId,
    long epoch,
    ContainerRecord record,
    @Nullable String movedFrom) {

  /** One that is not being moved. */
  public ContainerEntry(
      String id, String name, String ownerHostId, long epoch, ContainerRecord record) {
    this(id, name, ownerHostId, epoch, record, null);
  }

  /** Whether others may take it over when its owner is lost. */
  public boolean isPromised() {
    return record.epoch() > 0;
  }

  /** Whether it is not certain yet that its owner runs it. */
  public boolean isMoving() {
    return movedFrom != null;
  }

  /** Whether that host has it frozen while another one is about to run it. */
  public boolean isMovedFrom(String hostId) {
    return hostId.equals(movedFrom);
  }

  ContainerEntry ownedBy(String host) {
    long next = epoch + 1;
    return new ContainerEntry(
        id, name, host, next, isPromised() ? record.withEpoch(next) : record, null);
  }

  /** Another owner, while the one of now keeps it frozen. */
  ContainerEntry movedTo(String host) {
    ContainerEntry moved = ownedBy(host);
    return new ContainerEntry(id, name, host, moved.epoch, moved.record, ownerHostId);
  }

  ContainerEntry settled() {
    return new ContainerEntry(id, name, ownerHostId, epoch, record, null);
  }

  ContainerEntry named(String newName) {
    return new ContainerEntry(id, newName, ownerHostId, epoch, record.withName(newName), movedFrom);
  }

  ContainerEntry with(ContainerRecord newRecord) {
    return new ContainerEntry(id, name, ownerHostId, epoch, newRecord.withName(name), movedFrom);
  }
}
