package dev.flota.cluster.ledger;

import dev.flota.engine.EngineException;
import dev.flota.engine.volume.Volumes;
import java.util.Collection;
import java.util.Optional;
import org.pcollections.TreePMap;

/** The volumes, by name. */
public record VolumeBook(TreePMap<String, VolumeEntry> entries) {
  static final VolumeBook EMPTY = new VolumeBook(TreePMap.empty());

  /** All, by name. */
  public Collection<VolumeEntry> all() {
    return entries.values();
  }

  /** By its name. */
  public Optional<VolumeEntry> byName(String name) {
    return Optional.ofNullable(entries.get(name));
  }

  VolumeBook create(VolumeEntry volume) {
    VolumeEntry existing = entries.get(volume.name());
    if (existing == null) {
      return new VolumeBook(entries.plus(volume.name(), volume));
    }
    if (!existing.driver().equals(volume.driver())) {
      throw EngineException.conflict(
          "a volume named %s already exists with the %s driver"
              .formatted(volume.name(), existing.driver()));
    }
    return this;
  }

  /** Its volumes go with a host. */
  VolumeBook withoutHost(String hostId) {
    return new VolumeBook(
        entries.minusAll(
            entries.values().stream()
                .filter(volume -> volume.hostId().equals(hostId))
                .map(VolumeEntry::name)
                .toList()));
  }

  /** The volumes that a container mounts have come along with it. */
  VolumeBook movedWith(ContainerEntry container) {
    TreePMap<String, VolumeEntry> moved = entries;
    for (String name : Volumes.names(container.record())) {
      VolumeEntry volume = entries.get(name);
      if (volume != null && container.isMovedFrom(volume.hostId())) {
        moved = moved.plus(name, volume.on(container.ownerHostId()));
      }
    }
    return new VolumeBook(moved);
  }

  VolumeBook remove(String name) {
    if (!entries.containsKey(name)) {
      throw EngineException.notFound("get " + name + ": no such volume");
    }
    return new VolumeBook(entries.minus(name));
  }
}
