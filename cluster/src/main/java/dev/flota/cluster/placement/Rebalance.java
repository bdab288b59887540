package dev.flota.cluster.placement;

import dev.flota.cluster.placement.ClusterView.Shift;
import dev.flota.cluster.placement.Decision.Placed;
import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which containers should be elsewhere, so that hosts are equally full.
 *
 * <p>One move after the other is planned: from the fullest host that has a container whose move
 * helps, and that one which leaves the fuller of the two hosts the least full. Where it goes {@link
 * Placement} decides, as if the container were new. A move helps when both hosts come to lie
 * between what they were: so the gap between them shrinks, the gap of the fleet never grows, and
 * the planning ends.
 */
public final class Rebalance {
  private static final Placement SPREAD = new Placement(Strategy.SPREAD);

  private Rebalance() {}

  /** A container that could move, and where it is. */
  public record Candidate(Wish wish, String hostId) {}

  /**
   * A container that should move, with what the two hosts are before and after, in thousandths.
   *
   * @param from id of its host
   * @param to id of the other one
   */
  public record Move(
      Wish wish, String from, String to, int fromBefore, int fromAfter, int toBefore, int toAfter) {
    Shift shift() {
      return new Shift(wish, from, to);
    }
  }

  /**
   * The moves, in their order. None when hosts differ by no more than the threshold.
   *
   * @param movable only these are moved, each once at most
   * @param threshold thousandths by which one host may be fuller than another
   */
  public static List<Move> plan(ClusterView view, List<Candidate> movable, int threshold) {
    List<Candidate> left = new ArrayList<>(movable);
    List<Move> moves = new ArrayList<>();
    for (Move next = next(view, left, threshold); next != null; ) {
      moves.add(next);
      String moved = next.wish().id();
      left.removeIf(candidate -> candidate.wish().id().equals(moved));
      next = next(view.after(moves.stream().map(Move::shift).toList()), left, threshold);
    }
    return moves;
  }

  private static @Nullable Move next(ClusterView now, List<Candidate> movable, int threshold) {
    List<Room> fullestFirst =
        Arrays.stream(now.rooms())
            .filter(Room::open)
            .sorted(Comparator.comparingInt(Room::load).reversed())
            .toList();
    for (Room from : fullestFirst) {
      if (from.load() - fullestFirst.getLast().load() <= threshold) {
        return null;
      }
      String hostId = from.host().id();
      ClusterView others = now.closed(hostId);
      Move best = null;
      for (Candidate candidate : movable) {
        if (candidate.hostId().equals(hostId)) {
          Move move = move(others, from, candidate.wish(), threshold);
          if (move != null && (best == null || fuller(move) < fuller(best))) {
            best = move;
          }
        }
      }
      if (best != null) {
        return best;
      }
    }
    return null;
  }

  private static int fuller(Move move) {
    return Math.max(move.fromAfter(), move.toAfter());
  }

  private static @Nullable Move move(ClusterView others, Room from, Wish wish, int threshold) {
    Room to = chosen(others, wish);
    if (to == null) {
      return null;
    }
    Move move =
        new Move(
            wish,
            from.host().id(),
            to.host().id(),
            from.load(),
            from.without(wish).load(),
            to.load(),
            to.with(wish).load());
    boolean helps =
        move.fromBefore() - move.toBefore() > threshold
            && move.toBefore() < move.fromAfter()
            && move.fromAfter() < move.fromBefore()
            && move.toAfter() < move.fromBefore();
    return helps && !disappoints(others, from, to, wish) ? move : null;
  }

  private static @Nullable Room chosen(ClusterView others, Wish wish) {
    try {
      return switch (SPREAD.place(others, wish)) {
        case Placed placed ->
            Arrays.stream(others.rooms())
                .filter(room -> room.host().id().equals(placed.hostId()))
                .findFirst()
                .orElseThrow();
        case Decision.NoHostFits _ -> null;
      };
    } catch (EngineException e) {
      return null; // what it asks for exists no more: it stays where it is
    }
  }

  /** Whether it would meet fewer of the wishes that may fail than it does now. */
  private static boolean disappoints(ClusterView view, Room from, Room to, Wish wish) {
    HostFilter[] preferences = Placement.soft(view, wish);
    return Placement.met(preferences, to) < Placement.met(preferences, from);
  }
}
