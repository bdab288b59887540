package dev.flota.cluster.placement;

import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The fleet's containers. The directory has its own index of them: it implements this, so that a
 * decision need not copy all of them. Iterating is needed only for affinities by label or pattern.
 */
public interface Containers extends Iterable<ContainerView> {
  /** The container of that name, id, or unique beginning of an id; null when there is none. */
  @Nullable ContainerView find(String reference);

  /** No containers. */
  static Containers none() {
    return of(List.of());
  }

  /** These containers, indexed once. */
  static Containers of(Collection<ContainerView> containers) {
    return new Indexed(containers);
  }

  /** These and some more. */
  default Containers with(List<ContainerView> more) {
    return more.isEmpty() ? this : new Joined(this, of(more));
  }

  /** The same with some of them, by their ids, on other hosts. */
  default Containers moved(Map<String, ContainerView> moved) {
    return moved.isEmpty() ? this : new Moved(this, Map.copyOf(moved));
  }

  /** By name and by id. */
  final class Indexed implements Containers {
    private final Map<String, ContainerView> byName = new HashMap<>();
    private final NavigableMap<String, ContainerView> byId = new TreeMap<>();

    private Indexed(Collection<ContainerView> containers) {
      for (ContainerView container : containers) {
        byName.put(container.name(), container);
        byId.put(container.id(), container);
      }
    }

    @Override
    public @Nullable ContainerView find(String reference) {
      ContainerView named =
          byName.get(reference.startsWith("/") ? reference.substring(1) : reference);
      return named == null ? beginningWith(reference) : named;
    }

    private @Nullable ContainerView beginningWith(String prefix) {
      Iterator<ContainerView> found =
          byId.subMap(prefix, prefix + Character.MAX_VALUE).values().iterator();
      if (prefix.isEmpty() || !found.hasNext()) {
        return null;
      }
      ContainerView first = found.next();
      boolean unique = first.id().equals(prefix) || !found.hasNext();
      return unique ? first : null;
    }

    @Override
    public Iterator<ContainerView> iterator() {
      return byId.values().iterator();
    }
  }

  /** The fleet's, and those that a plan adds. */
  record Joined(Containers first, Containers second) implements Containers {
    @Override
    public @Nullable ContainerView find(String reference) {
      ContainerView found = first.find(reference);
      return found == null ? second.find(reference) : found;
    }

    @Override
    public Iterator<ContainerView> iterator() {
      Iterator<ContainerView> start = first.iterator();
      Iterator<ContainerView> rest = second.iterator();
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return start.hasNext() || rest.hasNext();
        }

        @Override
        public ContainerView next() {
          return start.hasNext() ? start.next() : rest.next();
        }
      };
    }
  }

  /** The fleet's, some of them where they will be. */
  record Moved(Containers before, Map<String, ContainerView> moved) implements Containers {
    @Override
    public @Nullable ContainerView find(String reference) {
      ContainerView found = before.find(reference);
      return found == null ? null : now(found);
    }

    @Override
    public Iterator<ContainerView> iterator() {
      return StreamSupport.stream(before.spliterator(), false).map(this::now).iterator();
    }

    private ContainerView now(ContainerView container) {
      return moved.getOrDefault(container.id(), container);
    }
  }
}
