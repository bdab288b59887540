package dev.flota.engine.container;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.ContainerRecord;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What is known of all containers, for reads that must not wait: latest record by id, id by name.
 * Written by the containers' makers and by the actors that own them, read by anyone.
 */
public final class ContainerIndex {
  private final NavigableMap<String, ContainerRecord> records = new ConcurrentSkipListMap<>();
  private final ConcurrentMap<String, String> names = new ConcurrentHashMap<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  /**
   * Takes a name for an id.
   *
   * @throws EngineException CONFLICT when another container has it
   */
  public void reserveName(String name, String id) {
    String owner = names.putIfAbsent(name, id);
    if (owner != null && !owner.equals(id)) {
      throw ContainerNames.taken(name, owner);
    }
  }

  /** Gives a name back, if that id holds it. */
  public void releaseName(String name, String id) {
    names.remove(name, id);
  }

  /** Whether no container has the name. */
  public boolean isFree(String name) {
    return !names.containsKey(name);
  }

  /** Is told of changes, in the thread that makes them. */
  public interface Listener {
    /** A container is new or has changed. */
    void changed(ContainerRecord record);

    /** A container is gone. */
    void removed(ContainerRecord record);
  }

  /** Tells the listener from now on, until the result is closed. */
  public AutoCloseable subscribe(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Publishes a record. */
  public void put(ContainerRecord record) {
    records.put(record.id(), record);
    listeners.forEach(listener -> listener.changed(record));
  }

  /** Forgets a container and its name. */
  public void remove(ContainerRecord record) {
    records.remove(record.id());
    releaseName(record.name(), record.id());
    listeners.forEach(listener -> listener.removed(record));
  }

  /** The record under exactly this name. */
  public Optional<ContainerRecord> byName(String name) {
    return Optional.ofNullable(names.get(name)).map(records::get);
  }

  /** Up to two records whose ids begin so. */
  public List<ContainerRecord> beginningWith(String prefix) {
    return records.subMap(prefix, true, prefix + Character.MAX_VALUE, true).values().stream()
        .limit(2)
        .toList();
  }

  /** All records, newest first. */
  public List<ContainerRecord> all() {
    return records.values().stream()
        .sorted(Comparator.comparing(ContainerRecord::created).reversed())
        .toList();
  }

  /** All records but one, in no order. */
  public Collection<ContainerRecord> others(String id) {
    return records.values().stream().filter(record -> !record.id().equals(id)).toList();
  }

  /** The record under exactly this id. */
  public @Nullable ContainerRecord byId(String id) {
    return records.get(id);
  }

  /**
   * The container meant by a full id, a name (with or without slash) or a unique beginning of an
   * id, in this order (moby's rule).
   *
   * @throws EngineException NOT_FOUND, or INVALID when the beginning is ambiguous
   */
  public ContainerRecord find(String reference) {
    ContainerRecord exact = records.get(reference);
    if (exact != null) {
      return exact;
    }
    Optional<ContainerRecord> named =
        byName(reference.startsWith("/") ? reference.substring(1) : reference);
    if (named.isPresent()) {
      return named.get();
    }
    if (reference.isEmpty()) {
      throw EngineException.invalid("invalid container name or ID: value is empty");
    }
    List<ContainerRecord> beginning = beginningWith(reference);
    return switch (beginning.size()) {
      case 0 -> throw EngineException.notFound("No such container: " + reference);
      case 1 -> beginning.getFirst();
      default ->
          throw EngineException.invalid("multiple IDs found with provided prefix: " + reference);
    };
  }
}
