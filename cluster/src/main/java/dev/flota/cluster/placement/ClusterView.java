package dev.flota.cluster.placement;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The fleet at one moment, immutable, with its sums made once: any number of decisions may share
 * it. Hosts are kept in the order of their names ({@code host-2} before {@code host-10}), which is
 * the order of all texts and the last word in a tie.
 */
public final class ClusterView {
  private static final Comparator<HostView> BY_NAME =
      Comparator.comparing(HostView::name, NaturalOrder::compare).thenComparing(HostView::id);

  private final Room[] rooms;
  private final Map<String, HostView> byId;
  private final Containers containers;

  private ClusterView(Room[] rooms, Map<String, HostView> byId, Containers containers) {
    this.rooms = rooms;
    this.byId = byId;
    this.containers = containers;
  }

  /** These hosts and containers. Hosts that are in order already cost less. */
  public static ClusterView of(Collection<HostView> hosts, Containers containers) {
    HostView[] sorted = hosts.toArray(HostView[]::new);
    Arrays.sort(sorted, BY_NAME);
    Room[] rooms = new Room[sorted.length];
    Map<String, HostView> byId = HashMap.newHashMap(sorted.length);
    for (int index = 0; index < sorted.length; index++) {
      rooms[index] = Room.of(sorted[index]);
      byId.put(sorted[index].id(), sorted[index]);
    }
    return new ClusterView(rooms, byId, containers);
  }

  /** In the order of their names. */
  public List<HostView> hosts() {
    return Arrays.stream(rooms).map(Room::host).toList();
  }

  /** A container that goes from one host to another. */
  public record Shift(Wish wish, String from, String to) {}

  /** The same once these are where they go. */
  public ClusterView after(List<Shift> shifts) {
    Room[] then = rooms.clone();
    Map<String, ContainerView> moved = new HashMap<>();
    for (Shift shift : shifts) {
      Wish wish = shift.wish();
      for (int index = 0; index < then.length; index++) {
        String host = then[index].host().id();
        if (host.equals(shift.from())) {
          then[index] = then[index].without(wish);
        } else if (host.equals(shift.to())) {
          then[index] = then[index].with(wish);
        }
      }
      moved.put(wish.id(), new ContainerView(wish.id(), wish.name(), wish.labels(), shift.to()));
    }
    return new ClusterView(then, byId, containers.moved(moved));
  }

  /** The same with a host that takes no more. */
  public ClusterView closed(String hostId) {
    Room[] then = rooms.clone();
    for (int index = 0; index < then.length; index++) {
      if (then[index].host().id().equals(hostId)) {
        then[index] = then[index].closed();
      }
    }
    return new ClusterView(then, byId, containers);
  }

  /** How full hosts are that take containers, by their ids: in thousandths, the fullest first. */
  public SequencedMap<String, Integer> loads() {
    SequencedMap<String, Integer> loads = new LinkedHashMap<>();
    Arrays.stream(rooms)
        .filter(Room::open)
        .sorted(Comparator.comparingInt(Room::load).reversed())
        .forEach(room -> loads.put(room.host().id(), room.load()));
    return loads;
  }

  /** The fleet's containers. */
  public Containers containers() {
    return containers;
  }

  /** The host of that id, if it is known. */
  public @Nullable HostView host(String id) {
    return byId.get(id);
  }

  /** Not to be written to. */
  Room[] rooms() {
    return rooms;
  }

  /** The same with some rooms taken and some containers more. */
  ClusterView with(Room[] newRooms, List<ContainerView> planned) {
    return new ClusterView(newRooms, byId, containers.with(planned));
  }
}
