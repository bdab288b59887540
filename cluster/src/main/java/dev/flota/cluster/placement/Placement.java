package dev.flota.cluster.placement;

import dev.flota.cluster.placement.Decision.NoHostFits;
import dev.flota.cluster.placement.Decision.Placed;
import dev.flota.cluster.placement.Decision.Rejection;
import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds hosts for containers: filter → score → plan.
 *
 * <ol>
 *   <li>Filters: reachable and not drained; constraints; containers whose namespaces or volumes are
 *       shared; volumes that exist; platform; runtime; affinities; room for the reservation.
 *   <li>Score among the hosts left: how many soft constraints and affinities it meets; then the
 *       strategy by reserved and used CPU and memory, whichever of the two is fuller; then whether
 *       it has the image; then the fewest containers; then the name.
 *   <li>A plan for several wishes lets each see what those before it took.
 * </ol>
 *
 * <p>The same view and wish give the same answer on any host. Published ports are no filter: they
 * answer on every host. Nor are links: the network spans the fleet.
 */
public final class Placement {
  private static final HostFilter[] NO_FILTERS = {};

  private final Strategy strategy;

  /** Chooses by that strategy. */
  public Placement(Strategy strategy) {
    this.strategy = strategy;
  }

  /**
   * A host for one container.
   *
   * @throws EngineException INVALID when a hard constraint names a host that does not exist,
   *     NOT_FOUND when a container that it shares something with does not
   */
  public Decision place(ClusterView view, Wish wish) {
    HostFilter[] filters = Filters.hard(view, wish).toArray(NO_FILTERS);
    Candidate best = best(view.rooms(), filters, soft(view, wish), wish);
    return best == null ? noHostFits(view.rooms(), filters) : best.placed(strategy, wish);
  }

  /**
   * Hosts for several containers, one decision for each wish in the same order. Each counts what
   * those before it took, and may name them as peers or in affinities.
   *
   * @throws EngineException as {@link #place}, for the first wish that is wrong
   */
  public List<Decision> plan(ClusterView view, List<Wish> wishes) {
    Room[] rooms = view.rooms().clone();
    List<ContainerView> planned = new ArrayList<>();
    List<Decision> decisions = new ArrayList<>(wishes.size());
    for (Wish wish : wishes) {
      ClusterView now = view.with(rooms, wish.needsContainers() ? planned : List.of());
      HostFilter[] filters = Filters.hard(now, wish).toArray(NO_FILTERS);
      Candidate best = best(rooms, filters, soft(now, wish), wish);
      decisions.add(best == null ? noHostFits(rooms, filters) : best.placed(strategy, wish));
      if (best != null) {
        rooms[best.index] = best.room.with(wish);
        planned.add(
            new ContainerView(wish.id(), wish.name(), wish.labels(), best.room.host().id()));
      }
    }
    return decisions;
  }

  /** By which it chooses. */
  public Strategy strategy() {
    return strategy;
  }

  static HostFilter[] soft(ClusterView view, Wish wish) {
    return wish.hasPreferences() ? Filters.soft(view, wish).toArray(NO_FILTERS) : NO_FILTERS;
  }

  /**
   * The score is cheaper than the filters, so a host is filtered only when it would be better than
   * the best so far if it met all that may fail.
   */
  private @Nullable Candidate best(
      Room[] rooms, HostFilter[] filters, HostFilter[] preferences, Wish wish) {
    Reservation wanted = wish.reservation();
    Reservation weight = wanted.weight();
    Candidate best = null;
    for (int index = 0; index < rooms.length; index++) {
      Room room = rooms[index];
      if (!room.open() || !room.holds(wanted)) {
        continue;
      }
      int score = strategy.score(room.loadWith(weight));
      if (isBetter(preferences.length, score, room, best, wish)
          && firstRefusal(filters, room) == null) {
        int met = met(preferences, room);
        if (isBetter(met, score, room, best, wish)) {
          best = new Candidate(index, room, met, score, room.hasImage(wish));
        }
      }
    }
    return best;
  }

  private static boolean isBetter(
      int met, int score, Room room, @Nullable Candidate best, Wish wish) {
    return best == null || best.isWorseThan(met, score, room, wish);
  }

  private static @Nullable HostFilter firstRefusal(HostFilter[] filters, Room room) {
    for (HostFilter filter : filters) {
      if (!filter.admits(room)) {
        return filter;
      }
    }
    return null;
  }

  static int met(HostFilter[] preferences, Room room) {
    int met = 0;
    for (HostFilter preference : preferences) {
      if (preference.admits(room)) {
        met++;
      }
    }
    return met;
  }

  private static NoHostFits noHostFits(Room[] rooms, HostFilter[] filters) {
    List<Rejection> rejections = new ArrayList<>(rooms.length);
    for (Room room : rooms) {
      HostFilter refusal = firstRefusal(filters, room);
      if (refusal != null) {
        HostView host = room.host();
        rejections.add(new Rejection(host.id(), host.name(), refusal.reason(room)));
      }
    }
    return new NoHostFits(rejections);
  }

  /** The best so far; of equals the first stays. */
  private record Candidate(int index, Room room, int met, int score, boolean hasImage) {
    boolean isWorseThan(int otherMet, int otherScore, Room other, Wish wish) {
      if (met != otherMet) {
        return met < otherMet;
      }
      if (score != otherScore) {
        return score < otherScore;
      }
      boolean otherHas = other.hasImage(wish);
      return hasImage == otherHas ? room.containers() > other.containers() : otherHas;
    }

    Placed placed(Strategy strategy, Wish wish) {
      HostView host = room.host();
      return new Placed(host.id(), host.name(), score, explanation(strategy, wish));
    }

    private String explanation(Strategy strategy, Wish wish) {
      return strategy
          + ": "
          + (room.loadWith(wish.reservation().weight()) + 5) / 10
          + " % full with it, "
          + (hasImage ? "has" : "does not have")
          + " the image, "
          + room.containers()
          + (room.containers() == 1 ? " container" : " containers")
          + " before"
          + (wish.hasPreferences() ? ", meets " + met + " of the wishes that may fail" : "");
    }
  }
}
