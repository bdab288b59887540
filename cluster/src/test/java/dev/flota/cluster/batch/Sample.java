package dev.flota.cluster.batch;

import dev.flota.cluster.placement.ClusterView;
import dev.flota.cluster.placement.Commitments;
import dev.flota.cluster.placement.ContainerView;
import dev.flota.cluster.placement.Containers;
import dev.flota.cluster.placement.Expression;
import dev.flota.cluster.placement.HostView;
import dev.flota.cluster.placement.HostView.Availability;
import dev.flota.cluster.placement.Placement;
import dev.flota.cluster.placement.Reservation;
import dev.flota.cluster.placement.Strategy;
import dev.flota.cluster.placement.Wish;
import dev.flota.engine.image.Platform;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** A fleet of four hosts with 64 GiB each; what moves is on the first. */
final class Sample {
  static final Placement PLACEMENT = new Placement(Strategy.SPREAD);
  static final Result.Moved MOVED = new Result.Moved(1000, 100, 1 << 20, false);

  private static final long GIB = 1L << 30;

  private Sample() {}

  static Item item(String name, int gibs) {
    return item(name, gibs, "");
  }

  static Item item(String name, int gibs, String expression) {
    return new Item(
        new Wish(
            "id-of-" + name,
            name,
            Map.of(),
            new Reservation(0, gibs * GIB),
            "redis:7.2",
            null,
            List.of(),
            List.of(),
            null,
            null,
            Expression.of(Map.of(), expression.isEmpty() ? List.of() : List.of(expression))),
        "host-1",
        null,
        true,
        List.of());
  }

  static ClusterView view(Collection<Item> items) {
    Commitments committed = Commitments.NONE;
    for (Item item : items) {
      committed = committed.with(item.wish().reservation());
    }
    Commitments first = committed;
    return ClusterView.of(
        IntStream.rangeClosed(1, 4)
            .mapToObj(number -> host(number, number == 1 ? first : Commitments.NONE))
            .toList(),
        Containers.of(
            items.stream()
                .map(item -> new ContainerView(item.id(), item.name(), Map.of(), item.from()))
                .toList()));
  }

  private static HostView host(int number, Commitments committed) {
    Platform platform = new Platform("linux", "amd64", null);
    return new HostView(
        "host-" + number,
        "host-" + number,
        Map.of(),
        Availability.ACTIVE,
        true,
        new Reservation(64_000_000_000L, 64 * GIB),
        committed,
        Reservation.NONE,
        Set.of(),
        Set.of(),
        Set.of(),
        new HostView.Facts(platform, "linux", "6.18", "overlay2", Map.of()));
  }
}
