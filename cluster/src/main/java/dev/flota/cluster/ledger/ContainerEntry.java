package dev.flota.cluster.ledger;

import dev.flota.engine.spec.ContainerRecord;

/**
 * A container of the fleet.
 *
 * @param id 64 hex digits
 * @param name without the leading slash, unique
 * @param ownerHostId the only host that may run it
 * @param epoch counts the owners, from 1
 * @param record all that another host needs to start it; its own epoch is 0, or this entry's when
 *     others may take it over
 */
public record ContainerEntry(
    String id, String name, String ownerHostId, long epoch, ContainerRecord record) {

  /** Whether others may take it over when its owner is lost. */
  public boolean isPromised() {
    return record.epoch() > 0;
  }

  ContainerEntry ownedBy(String host) {
    long next = epoch + 1;
    return new ContainerEntry(id, name, host, next, isPromised() ? record.withEpoch(next) : record);
  }

  ContainerEntry named(String newName) {
    return new ContainerEntry(id, newName, ownerHostId, epoch, record.withName(newName));
  }

  ContainerEntry with(ContainerRecord newRecord) {
    return new ContainerEntry(id, name, ownerHostId, epoch, newRecord.withName(name));
  }
}
