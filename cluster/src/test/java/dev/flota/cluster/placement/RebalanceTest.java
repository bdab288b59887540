package dev.flota.cluster.placement;

import static dev.flota.cluster.placement.Hosts.GIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.flota.cluster.placement.Rebalance.Candidate;
import dev.flota.cluster.placement.Rebalance.Move;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

final class RebalanceTest {
  private static final int THRESHOLD = 200;

  /** A container of a test: tenths of a CPU, where it is, and what it asks for. */
  private record Given(int number, int tenths, int host, String expression, boolean movable) {
    Wish wish() {
      Wish plain = Wishes.named("c" + number, Hosts.cpus(tenths / 10.0), Map.of());
      return expression.isEmpty() ? plain : Wishes.asking(plain, expression);
    }

    String hostId() {
      return "id-of-host-" + host;
    }
  }

  private record Fleet(ClusterView view, List<Candidate> movable) {
    List<Move> plan(int threshold) {
      return Rebalance.plan(view, movable, threshold);
    }
  }

  /** With one host per CPU number; host 0 does not exist. */
  private static Fleet fleet(List<Integer> cpus, List<Given> containers, int drained) {
    List<HostView> hosts = new ArrayList<>();
    for (int number = 1; number <= cpus.size(); number++) {
      Hosts host = Hosts.host(number).capacity(cpus.get(number - 1), 1024 * GIB);
      if (number == drained) {
        host.drained();
      }
      HostView plain = host.view();
      Commitments committed = Commitments.NONE;
      for (Given container : containers) {
        if (container.hostId().equals(plain.id())) {
          committed = committed.with(container.wish().reservation());
        }
      }
      hosts.add(
          new HostView(
              plain.id(),
              plain.name(),
              plain.labels(),
              plain.availability(),
              plain.reachable(),
              plain.capacity(),
              committed,
              plain.used(),
              plain.images(),
              plain.volumes(),
              plain.runtimes(),
              plain.facts()));
    }
    List<ContainerView> all =
        containers.stream()
            .map(
                one ->
                    new ContainerView(
                        one.wish().id(), one.wish().name(), one.wish().labels(), one.hostId()))
            .toList();
    return new Fleet(
        ClusterView.of(hosts, Containers.of(all)),
        containers.stream()
            .filter(Given::movable)
            .map(one -> new Candidate(one.wish(), one.hostId()))
            .toList());
  }

  private static List<Given> onHostOne(int count, String expression) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(number -> new Given(number, 10, 1, expression, true))
        .toList();
  }

  @Example
  void whatAFullHostHasTooManyOfGoesToTheEmptyOnes() {
    List<Move> moves = fleet(List.of(10, 10, 10), onHostOne(6, ""), 0).plan(THRESHOLD);

    assertThat(moves).extracting(move -> move.to().substring(6)).containsOnly("host-2", "host-3");
    assertThat(moves.getFirst())
        .extracting(Move::fromBefore, Move::fromAfter, Move::toBefore, Move::toAfter)
        .containsExactly(600, 500, 0, 100);
    assertThat(moves).hasSize(3); // 300, 200 and 100 differ by no more than 200
  }

  @Example
  void hostsThatDifferByNoMoreThanTheThresholdStayAsTheyAre() {
    assertThat(fleet(List.of(10, 10), onHostOne(2, ""), 0).plan(THRESHOLD)).isEmpty();
    assertThat(fleet(List.of(10, 10), onHostOne(2, ""), 0).plan(THRESHOLD - 1)).hasSize(1);
  }

  @Example
  void oneContainerAloneOnAHostIsNotSentToAndFro() {
    Given big = new Given(1, 90, 1, "", true);
    assertThat(fleet(List.of(10, 10), List.of(big), 0).plan(THRESHOLD)).isEmpty();
  }

  @Example
  void drainedHostsAreNoConcernOfIt() {
    Fleet emptyOne = fleet(List.of(10, 10, 10), onHostOne(6, ""), 2);
    assertThat(emptyOne.plan(THRESHOLD)).extracting(Move::to).containsOnly("id-of-host-3");
    Fleet fullOne = fleet(List.of(10, 10, 10), onHostOne(6, ""), 1);
    assertThat(fullOne.plan(THRESHOLD)).isEmpty();
  }

  @Example
  void constraintsAreRespectedAndWishesThatMayFailNotDisappointed() {
    assertThat(
            fleet(List.of(10, 10, 10), onHostOne(6, "constraint:node!=host-2"), 0).plan(THRESHOLD))
        .isNotEmpty()
        .extracting(Move::to)
        .containsOnly("id-of-host-3");
    for (String tie : List.of("constraint:node==host-1", "constraint:node==~host-1")) {
      assertThat(fleet(List.of(10, 10), onHostOne(6, tie), 0).plan(THRESHOLD)).isEmpty();
    }
  }

  @Example
  void whenTheFullestHostCannotGiveTheNextDoes() {
    List<Given> containers = new ArrayList<>(onHostOne(8, "constraint:node==host-1"));
    for (int number = 11; number <= 16; number++) {
      containers.add(new Given(number, 10, 2, "", true));
    }
    assertThat(fleet(List.of(10, 10, 10), containers, 0).plan(THRESHOLD))
        .isNotEmpty()
        .extracting(Move::from, Move::to)
        .containsOnly(tuple("id-of-host-2", "id-of-host-3"));
  }

  // ---- whatever the fleet is like

  @Provide
  Arbitrary<Fleet> fleets() {
    Arbitrary<List<Integer>> hosts = Arbitraries.of(2, 4, 8, 16).list().ofMinSize(1).ofMaxSize(5);
    Arbitrary<String> expressions =
        Arbitraries.of(
            "",
            "",
            "",
            "constraint:node!=host-2",
            "constraint:node==~host-1",
            "affinity:container!=c1");
    Arbitrary<List<Given>> containers =
        Combinators.combine(
                Arbitraries.integers().between(1, 30),
                Arbitraries.integers().between(1, 5),
                expressions,
                Arbitraries.of(true, true, false))
            .as(
                (tenths, host, expression, movable) ->
                    new Given(0, tenths, host, expression, movable))
            .list()
            .ofMaxSize(24)
            .map(RebalanceTest::numbered);
    return Combinators.combine(hosts, containers, Arbitraries.integers().between(0, 6))
        .as(
            (cpus, all, drained) ->
                fleet(
                    cpus, all.stream().filter(one -> one.host() <= cpus.size()).toList(), drained));
  }

  private static List<Given> numbered(List<Given> all) {
    List<Given> numbered = new ArrayList<>();
    for (Given one : all) {
      numbered.add(
          new Given(
              numbered.size() + 1, one.tenths(), one.host(), one.expression(), one.movable()));
    }
    return numbered;
  }

  @Property(tries = 200)
  void everyMoveMakesTheGapOfItsHostsSmallerAndThatOfTheFleetNoLarger(
      @ForAll("fleets") Fleet fleet, @ForAll @IntRange(min = 0, max = 500) int threshold) {
    ClusterView now = fleet.view();
    for (Move move : fleet.plan(threshold)) {
      Map<String, Integer> before = now.loads();
      assertThat(before)
          .containsEntry(move.from(), move.fromBefore())
          .containsEntry(move.to(), move.toBefore());
      now = now.after(List.of(move.shift()));
      Map<String, Integer> after = now.loads();
      assertThat(after)
          .containsEntry(move.from(), move.fromAfter())
          .containsEntry(move.to(), move.toAfter());

      assertThat(move.fromBefore() - move.toBefore()).isGreaterThan(threshold);
      assertThat(Math.abs(move.fromAfter() - move.toAfter()))
          .isLessThan(move.fromBefore() - move.toBefore());
      assertThat(gap(after.values())).isLessThanOrEqualTo(gap(before.values()));
    }
  }

  private static int gap(Collection<Integer> loads) {
    return Collections.max(loads) - Collections.min(loads);
  }

  @Property(tries = 200)
  void onlyWhatCanMoveIsMovedOnceAndWherePlacementWouldPutIt(@ForAll("fleets") Fleet fleet) {
    ClusterView now = fleet.view();
    Set<String> moved = new HashSet<>();
    for (Move move : fleet.plan(THRESHOLD)) {
      assertThat(moved.add(move.wish().id())).isTrue();
      assertThat(fleet.movable()).contains(new Candidate(move.wish(), move.from()));
      assertThat(new Placement(Strategy.SPREAD).place(now.closed(move.from()), move.wish()))
          .isInstanceOfSatisfying(
              Decision.Placed.class, placed -> assertThat(placed.hostId()).isEqualTo(move.to()));
      now = now.after(List.of(move.shift()));
    }
  }

  @Property(tries = 200)
  void whenAPlanIsDoneNothingMoreIsToDo(@ForAll("fleets") Fleet fleet) {
    List<Move> moves = fleet.plan(THRESHOLD);
    Set<String> moved = new HashSet<>();
    moves.forEach(move -> moved.add(move.wish().id()));
    List<Candidate> left =
        fleet.movable().stream().filter(one -> !moved.contains(one.wish().id())).toList();

    assertThat(
            Rebalance.plan(
                fleet.view().after(moves.stream().map(Move::shift).toList()), left, THRESHOLD))
        .isEmpty();
  }

  @Property(tries = 200)
  void equalContainersOnEqualHostsEndWithinTheThreshold(
      @ForAll @IntRange(min = 1, max = 6) int hosts, @ForAll @IntRange(max = 30) int count) {
    Fleet fleet = fleet(Collections.nCopies(hosts, 30), onHostOne(count, ""), 0);
    ClusterView after =
        fleet.view().after(fleet.plan(THRESHOLD).stream().map(Move::shift).toList());
    assertThat(gap(after.loads().values())).isLessThanOrEqualTo(THRESHOLD);
    assertThat(after.loads().values().stream().mapToInt(load -> load).sum())
        .isCloseTo(
            fleet.view().loads().values().stream().mapToInt(load -> load).sum(), within(hosts));
  }
}
