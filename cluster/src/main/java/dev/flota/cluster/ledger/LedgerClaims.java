package dev.flota.cluster.ledger;

import dev.flota.engine.container.Claims;
import dev.flota.engine.spec.ContainerRecord;
import java.util.List;
import java.util.Optional;

/** Enters this host's containers into the ledger. */
public final class LedgerClaims implements Claims {
  private final Ledger ledger;
  private final String hostId;

  /** The claims of that host. */
  public LedgerClaims(Ledger ledger, String hostId) {
    this.ledger = ledger;
    this.hostId = hostId;
  }

  @Override
  public void enter(ContainerRecord record) {
    Submission.await(
        ledger.submit(
            new Change.CreateContainer(record.id(), record.name(), hostId, record, List.of())));
  }

  @Override
  public void rename(String id, String name) {
    Submission.await(ledger.submit(new Change.RenameContainer(id, name)));
  }

  @Override
  public void remove(String id) {
    Optional<ContainerEntry> entry = ledger.state().containers().byId(id);
    if (entry.isPresent() && entry.get().ownerHostId().equals(hostId)) {
      Submission.await(ledger.submit(new Change.RemoveContainer(id, entry.get().epoch())));
    }
  }
}
