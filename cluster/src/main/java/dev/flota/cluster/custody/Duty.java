package dev.flota.cluster.custody;

import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.RunState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** What a host has to do so that its containers and the ledger agree. */
public sealed interface Duty {
  /** The container concerned. */
  String containerId();

  /**
   * Moves that concern this host.
   *
   * @param frozen containers that were frozen here for a move
   * @param arriving containers that are to run here, and may not be connected
   * @param worked those that somebody here is moving right now: nothing else is done with them
   */
  record Moves(Set<String> frozen, Set<String> arriving, Set<String> worked) {
    /** None. */
    public static final Moves NONE = new Moves(Set.of(), Set.of(), Set.of());
  }

  /** The ledger does not know the container. */
  record Enter(String containerId) implements Duty {}

  /** It is another host's. */
  record Abandon(String containerId) implements Duty {}

  /** From now on others may take it over when this host is lost. */
  record Promise(String containerId, long epoch) implements Duty {}

  /** From now on nobody may. */
  record Withdraw(String containerId) implements Duty {}

  /** The ledger does not know what is wanted of it now. */
  record Note(String containerId) implements Duty {}

  /** It has another name in the ledger. */
  record Rename(String containerId, String name) implements Duty {}

  /** The fencer has stopped it, or was about to. */
  record Revive(String containerId) implements Duty {}

  /**
   * It is being moved here, and nobody here works at it: it is settled if it runs here, and goes
   * back if not.
   */
  record Conclude(ContainerEntry entry) implements Duty {
    @Override
    public String containerId() {
      return entry.id();
    }
  }

  /** It was moved here and is settled, and may not be connected. */
  record Open(String containerId) implements Duty {}

  /** It is frozen for a move that did not come to be. */
  record Resume(ContainerEntry entry) implements Duty {
    @Override
    public String containerId() {
      return entry.id();
    }
  }

  /** A removal that was begun has to come to its end. */
  record Finish(String containerId) implements Duty {}

  /** It is this host's, which has nothing of it. */
  record Restore(ContainerEntry entry) implements Duty {
    @Override
    public String containerId() {
      return entry.id();
    }
  }

  /**
   * What is to be done while the lease is in force.
   *
   * @param ledger its containers by id
   * @param hostId of this host
   * @param own containers here
   * @param movable which of them others may take over
   * @param fenced ids of those that the fencer has stopped
   * @param moves under way
   */
  static List<Duty> of(
      Map<String, ContainerEntry> ledger,
      String hostId,
      List<ContainerRecord> own,
      Predicate<ContainerRecord> movable,
      Set<String> fenced,
      Moves moves) {
    List<Duty> duties = new ArrayList<>();
    Set<String> here = new HashSet<>();
    for (ContainerRecord container : own) {
      here.add(container.id());
      ContainerEntry entry = ledger.get(container.id());
      if (moves.worked().contains(container.id())) {
        continue;
      }
      if (entry != null && (entry.isMoving() || moves.frozen().contains(container.id()))) {
        moved(entry, hostId, duties);
      } else if (container.wanted().removal()) {
        duties.add(
            entry == null || entry.ownerHostId().equals(hostId)
                ? new Finish(container.id())
                : new Abandon(container.id()));
      } else if (entry == null) {
        duties.add(new Enter(container.id()));
      } else if (!entry.ownerHostId().equals(hostId)) {
        duties.add(new Abandon(container.id()));
      } else {
        if (moves.arriving().contains(container.id())) {
          duties.add(new Open(container.id()));
        }
        known(container, entry, movable.test(container), fenced, duties);
      }
    }
    for (ContainerEntry entry : ledger.values()) {
      if (entry.ownerHostId().equals(hostId)
          && !here.contains(entry.id())
          && !moves.worked().contains(entry.id())) {
        duties.add(entry.isMoving() ? new Conclude(entry) : new Restore(entry));
      }
    }
    return duties;
  }

  /** Who has it frozen waits until the owner has said what became of it. */
  private static void moved(ContainerEntry entry, String hostId, List<Duty> duties) {
    if (entry.ownerHostId().equals(hostId)) {
      duties.add(entry.isMoving() ? new Conclude(entry) : new Resume(entry));
    } else if (!entry.isMovedFrom(hostId)) {
      duties.add(new Abandon(entry.id()));
    }
  }

  private static void known(
      ContainerRecord container,
      ContainerEntry entry,
      boolean movable,
      Set<String> fenced,
      List<Duty> duties) {
    String id = container.id();
    boolean promised = entry.isPromised() && container.epoch() == entry.epoch();
    if (!container.name().equals(entry.name())) {
      duties.add(new Rename(id, entry.name()));
    }
    if (movable && !promised) {
      duties.add(new Promise(id, entry.epoch()));
    } else if (!movable && (entry.isPromised() || container.epoch() > 0)) {
      duties.add(new Withdraw(id));
    } else if (movable && !essence(container).equals(essence(entry.record()))) {
      duties.add(new Note(id));
    }
    if (fenced.contains(id)) {
      duties.add(new Revive(id));
    }
  }

  /** What another host needs to know of a container to start it anew. */
  static ContainerRecord essence(ContainerRecord container) {
    return container
        .withState(RunState.created())
        .withHistory(List.of(), 0)
        .withLogs(List.of())
        .withEndpoints(container.endpoints().stream().map(EndpointRecord::unpublished).toList());
  }
}
