package dev.flota.cluster.placement;

import static dev.flota.cluster.placement.Hosts.CPU;
import static dev.flota.cluster.placement.Hosts.GIB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.cluster.placement.Decision.NoHostFits;
import dev.flota.cluster.placement.Decision.Placed;
import dev.flota.cluster.placement.Decision.Rejection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

final class PlacementPropertyTest {
  private static final List<String> EXPRESSIONS =
      List.of(
          "constraint:disk==ssd",
          "constraint:disk!=ssd",
          "constraint:disk==~ssd",
          "constraint:node!=host-1",
          "constraint:node==/[1-4]/",
          "affinity:container==c1",
          "affinity:container!=~c2",
          "affinity:tier==front",
          "affinity:image==redis");

  @Provide
  Arbitrary<List<HostView>> fleets() {
    Arbitrary<Integer> shape = Arbitraries.integers().between(0, Integer.MAX_VALUE);
    return shape.list().ofMinSize(0).ofMaxSize(8).map(PlacementPropertyTest::fleet);
  }

  private static List<HostView> fleet(List<Integer> shapes) {
    return IntStream.range(0, shapes.size())
        .mapToObj(index -> host(index + 1, new Random(shapes.get(index))))
        .toList();
  }

  private static HostView host(int number, Random random) {
    Hosts host =
        Hosts.host(number)
            .capacity(1 + random.nextInt(8), (1 + random.nextInt(16)) * GIB)
            .reserved(random.nextInt(4), random.nextInt(4) * GIB, 1 + random.nextInt(6))
            .used(random.nextDouble(4), (long) (random.nextDouble(4) * GIB));
    if (random.nextInt(3) == 0) {
      host.label("disk", random.nextBoolean() ? "ssd" : "hdd");
    }
    if (random.nextInt(3) == 0) {
      host.image("redis:7.2");
    }
    if (random.nextInt(4) == 0) {
      host.volume("data");
    }
    if (random.nextInt(6) == 0) {
      host.drained();
    }
    if (random.nextInt(6) == 0) {
      host.unreachable();
    }
    return host.view();
  }

  @Provide
  Arbitrary<Wish> wishes() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 6),
            Arbitraries.integers().between(0, 6),
            Arbitraries.of("data", "fresh").set().map(List::copyOf),
            Arbitraries.of(EXPRESSIONS).set().ofMaxSize(2))
        .as(PlacementPropertyTest::wish);
  }

  private static Wish wish(
      int halfCpus, int halfGibs, List<String> volumes, Set<String> expressions) {
    return new Wish(
        "f00d",
        "wish",
        Map.of("tier", "front"),
        new Reservation(halfCpus * CPU / 2, halfGibs * GIB / 2),
        "redis:7.2",
        null,
        volumes,
        List.of(),
        "crun",
        null,
        Expression.of(Map.of(), new TreeSet<>(expressions)));
  }

  private static ClusterView view(List<HostView> hosts) {
    List<ContainerView> containers = new ArrayList<>();
    for (int number = 1; number <= 3; number++) {
      String tier = number == 1 ? "front" : "back";
      containers.add(
          new ContainerView(
              "cafe0" + number, "c" + number, Map.of("tier", tier), "id-of-host-" + number));
    }
    return ClusterView.of(hosts, Containers.of(containers));
  }

  @Property
  void aHostIsChosenExactlyWhenAllFiltersAdmitOne(
      @ForAll("fleets") List<HostView> hosts,
      @ForAll("wishes") Wish wish,
      @ForAll Strategy strategy) {
    ClusterView view = view(hosts);
    List<HostFilter> filters = Filters.hard(view, wish);
    switch (new Placement(strategy).place(view, wish)) {
      case Placed placed ->
          assertThat(filters)
              .allSatisfy(filter -> assertThat(filter.admits(room(view, placed))).isTrue());
      case NoHostFits none ->
          assertThat(none.rejections())
              .extracting(Rejection::hostName)
              .containsExactlyElementsOf(hosts.stream().map(HostView::name).toList());
    }
  }

  private static Room room(ClusterView view, Placed placed) {
    for (Room room : view.rooms()) {
      if (room.host().id().equals(placed.hostId())) {
        return room;
      }
    }
    throw new AssertionError(placed);
  }

  @Property
  void spreadTakesTheLeastFullAndBinpackTheFullestOfThoseThatFit(
      @ForAll("fleets") List<HostView> hosts, @ForAll @IntRange(max = 6) int halfCpus) {
    ClusterView view = view(hosts);
    Wish wish = Wishes.reserving(new Reservation(halfCpus * CPU / 2, 0));
    List<Room> fitting = new ArrayList<>();
    for (Room room : view.rooms()) {
      if (Filters.hard(view, wish).stream().allMatch(filter -> filter.admits(room))) {
        fitting.add(room);
      }
    }
    if (new Placement(Strategy.SPREAD).place(view, wish) instanceof Placed placed) {
      assertThat(fitting)
          .allSatisfy(
              room ->
                  assertThat(room.loadWith(wish.reservation().weight()))
                      .isGreaterThanOrEqualTo(
                          room(view, placed).loadWith(wish.reservation().weight())));
    }
    if (new Placement(Strategy.BINPACK).place(view, wish) instanceof Placed placed) {
      int chosen = room(view, placed).loadWith(wish.reservation().weight());
      assertThat(fitting.stream().mapToInt(room -> room.loadWith(wish.reservation().weight())))
          .allSatisfy(load -> assertThat(load <= chosen || load > Room.FULL).isTrue());
    }
  }

  @Property
  void moreHostsNeverMakeAWishUnplaceable(
      @ForAll("fleets") List<HostView> hosts, @ForAll("wishes") Wish wish, @ForAll int seed) {
    Placement placement = new Placement(Strategy.SPREAD);
    boolean before = placement.place(view(hosts), wish) instanceof Placed;
    List<HostView> more = new ArrayList<>(hosts);
    HostView added = host(9, new Random(seed));
    more.add(added);
    boolean volumeAppeared =
        hosts.stream().noneMatch(host -> host.volumes().contains("data"))
            && added.volumes().contains("data")
            && wish.volumes().contains("data");
    if (before && !volumeAppeared) {
      assertThat(placement.place(view(more), wish)).isInstanceOf(Placed.class);
    }
  }

  @Property
  void theOrderInWhichHostsAreToldDoesNotMatter(
      @ForAll("fleets") List<HostView> hosts,
      @ForAll("wishes") Wish wish,
      @ForAll Strategy strategy,
      @ForAll Random random) {
    List<HostView> shuffled = new ArrayList<>(hosts);
    Collections.shuffle(shuffled, random);
    Placement placement = new Placement(strategy);
    assertThat(placement.place(view(shuffled), wish)).isEqualTo(placement.place(view(hosts), wish));
  }

  @Property
  void aPlanIsWhatOneDecisionAfterTheOtherWouldBe(
      @ForAll("fleets") List<HostView> hosts,
      @ForAll @Size(max = 8) List<@IntRange(max = 4) Integer> halfCpus,
      @ForAll Strategy strategy) {
    List<HostView> idle = hosts.stream().map(host -> committed(host, host.committed())).toList();
    List<Wish> wishes =
        halfCpus.stream()
            .map(half -> Wishes.reserving(new Reservation(half * CPU / 2, half * GIB / 4)))
            .toList();
    Placement placement = new Placement(strategy);
    List<HostView> now = new ArrayList<>(idle);
    List<Decision> oneByOne = new ArrayList<>();
    for (Wish wish : wishes) {
      Decision decision = placement.place(view(now), wish);
      oneByOne.add(decision);
      if (decision instanceof Placed placed) {
        now.replaceAll(host -> host.id().equals(placed.hostId()) ? taking(host, wish) : host);
      }
    }
    assertThat(placement.plan(view(idle), wishes)).isEqualTo(oneByOne);
  }

  /** The host as it tells of itself once the container is there. */
  private static HostView taking(HostView host, Wish wish) {
    return committed(host, host.committed().with(wish.reservation()));
  }

  /** With nothing measured yet. */
  private static HostView committed(HostView host, Commitments commitments) {
    return new HostView(
        host.id(),
        host.name(),
        host.labels(),
        host.availability(),
        host.reachable(),
        host.capacity(),
        commitments,
        Reservation.NONE,
        host.images(),
        host.volumes(),
        host.runtimes(),
        host.facts());
  }

  @Property
  void equalWishesOnEqualHostsDifferByOneContainerAtMost(
      @ForAll @IntRange(min = 1, max = 20) int hosts,
      @ForAll @IntRange(max = 60) int count,
      @ForAll @IntRange(max = 1) int tenths) {
    Map<String, Integer> perHost = new HashMap<>();
    for (int number = 1; number <= hosts; number++) {
      perHost.put("host-" + number, 0);
    }
    List<Wish> wishes = Collections.nCopies(count, Wishes.reserving(Hosts.cpus(tenths / 100.0)));
    for (Decision decision : new Placement(Strategy.SPREAD).plan(equal(hosts, 16), wishes)) {
      perHost.merge(((Placed) decision).hostName(), 1, Integer::sum);
    }
    assertThat(Collections.max(perHost.values()) - Collections.min(perHost.values()))
        .isLessThanOrEqualTo(1);
  }

  @Property
  void unequalWishesOnEqualHostsDifferByTheBiggestAtMost(
      @ForAll @IntRange(min = 1, max = 10) int hosts,
      @ForAll @Size(max = 40) List<@IntRange(min = 1, max = 30) Integer> tenths) {
    long[] taken = new long[hosts];
    List<Wish> wishes =
        tenths.stream().map(some -> Wishes.reserving(new Reservation(some * CPU / 10, 0))).toList();
    List<Decision> decisions = new Placement(Strategy.SPREAD).plan(equal(hosts, 1000), wishes);
    for (int index = 0; index < wishes.size(); index++) {
      String name = ((Placed) decisions.get(index)).hostName();
      taken[Integer.parseInt(name.substring("host-".length())) - 1] += tenths.get(index);
    }
    Arrays.sort(taken);
    // a permille of 1000 CPUs, the finest difference that counts, is ten tenths
    assertThat(taken[hosts - 1] - taken[0]).isLessThanOrEqualTo(30 + 10);
  }

  @Property
  void binpackOpensAHostOnlyWhenNoneInUseHasRoom(
      @ForAll @Size(max = 40) List<@IntRange(min = 1, max = 40) Integer> tenths) {
    long[] free = new long[40];
    Arrays.fill(free, 40);
    int opened = 0;
    List<Wish> wishes =
        tenths.stream().map(some -> Wishes.reserving(new Reservation(some * CPU / 10, 0))).toList();
    List<Decision> decisions = new Placement(Strategy.BINPACK).plan(equal(40, 4), wishes);
    for (int index = 0; index < wishes.size(); index++) {
      int wanted = tenths.get(index);
      int host = Integer.parseInt(((Placed) decisions.get(index)).hostName().substring(5)) - 1;
      if (free[host] == 40) {
        assertThat(Arrays.stream(free, 0, opened).filter(room -> room >= wanted)).isEmpty();
        assertThat(host).isEqualTo(opened);
        opened++;
      }
      free[host] -= wanted;
      assertThat(free[host]).isNotNegative();
    }
  }

  private static ClusterView equal(int hosts, int cpus) {
    return ClusterView.of(
        IntStream.rangeClosed(1, hosts)
            .mapToObj(number -> Hosts.host(number).capacity(cpus, 4096 * GIB).view())
            .toList(),
        Containers.none());
  }
}
