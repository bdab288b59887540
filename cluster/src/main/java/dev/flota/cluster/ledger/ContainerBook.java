package dev.flota.cluster.ledger;

import dev.flota.engine.EngineException;
import dev.flota.engine.container.ContainerNames;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.pcollections.TreePMap;

/**
 * The containers of the fleet.
 *
 * @param names ids by name
 */
public record ContainerBook(
    TreePMap<String, ContainerEntry> entries, TreePMap<String, String> names) {
  /** No container. */
  public static final ContainerBook EMPTY = new ContainerBook(TreePMap.empty(), TreePMap.empty());

  /** All, by id. */
  public Collection<ContainerEntry> all() {
    return entries.values();
  }

  /** By its full id. */
  public Optional<ContainerEntry> byId(String id) {
    return Optional.ofNullable(entries.get(id));
  }

  /** By its name, without a slash. */
  public Optional<ContainerEntry> byName(String name) {
    return Optional.ofNullable(names.get(name)).flatMap(this::byId);
  }

  /** By its full id, its name, or the beginning of its id if no other's begins so. */
  public Optional<ContainerEntry> find(String reference) {
    return byId(reference)
        .or(() -> byName(reference.startsWith("/") ? reference.substring(1) : reference))
        .or(() -> beginningWith(reference));
  }

  private Optional<ContainerEntry> beginningWith(String reference) {
    if (reference.isEmpty()) {
      return Optional.empty();
    }
    Collection<ContainerEntry> found =
        entries.subMap(reference, reference + Character.MAX_VALUE).values();
    return found.size() == 1 ? Optional.of(found.iterator().next()) : Optional.empty();
  }

  /** Those of a host, by id. */
  public List<ContainerEntry> ownedBy(String hostId) {
    return all().stream().filter(container -> container.ownerHostId().equals(hostId)).toList();
  }

  /** Whether a container belongs to some other host than this one. */
  public boolean isOfAnother(String id, String hostId) {
    return byId(id).filter(container -> !container.ownerHostId().equals(hostId)).isPresent();
  }

  ContainerEntry require(String id) {
    return byId(id).orElseThrow(() -> EngineException.notFound("No such container: " + id));
  }

  /** The container, if its owner speaks. */
  ContainerEntry require(String id, long epoch, HostBook hosts) {
    ContainerEntry container = require(id);
    if (container.epoch() != epoch) {
      throw EngineException.conflict(
          "container %s is at epoch %d on %s, not at epoch %d"
              .formatted(
                  container.name(),
                  container.epoch(),
                  hosts.nameOf(container.ownerHostId()),
                  epoch));
    }
    return container;
  }

  ContainerBook create(ContainerEntry container) {
    if (entries.containsKey(container.id())) {
      throw EngineException.conflict("the container id " + container.id() + " is in use already");
    }
    refuseTaken(container.name(), container.id());
    return new ContainerBook(
        entries.plus(container.id(), container), names.plus(container.name(), container.id()));
  }

  ContainerBook put(ContainerEntry container) {
    return new ContainerBook(entries.plus(container.id(), container), names);
  }

  ContainerBook rename(String id, String name) {
    ContainerEntry container = require(id);
    refuseTaken(name, id);
    return new ContainerBook(
        entries.plus(id, container.named(name)), names.minus(container.name()).plus(name, id));
  }

  ContainerBook remove(ContainerEntry container) {
    return new ContainerBook(entries.minus(container.id()), names.minus(container.name()));
  }

  private void refuseTaken(String name, String id) {
    String owner = names.get(name);
    if (owner != null && !owner.equals(id)) {
      throw ContainerNames.taken(name, owner);
    }
  }
}
