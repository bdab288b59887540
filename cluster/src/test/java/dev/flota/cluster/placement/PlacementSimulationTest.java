package dev.flota.cluster.placement;

import static dev.flota.cluster.placement.Hosts.CPU;
import static dev.flota.cluster.placement.Hosts.GIB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.cluster.placement.Decision.NoHostFits;
import dev.flota.cluster.placement.Decision.Placed;
import dev.flota.cluster.placement.HostView.Availability;
import dev.flota.cluster.placement.HostView.Facts;
import dev.flota.engine.image.Platform;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A fleet of 1,000 hosts through which 100,000 containers pass, in virtual time: they arrive, end,
 * lose their host and are placed anew; hosts die, return and are drained. {@code -Dflota.seed=N}
 * repeats a run.
 */
final class PlacementSimulationTest {
  private static final int HOSTS = 1_000;
  private static final int CONTAINERS = 100_000;
  private static final int ARRIVALS_PER_TICK = 250;
  private static final int LIFE_IN_TICKS = 120;
  private static final int TICKS_BETWEEN_CHECKS = 5;
  private static final Facts FACTS =
      new Facts(new Platform("linux", "amd64", null), "Debian", "6.18", "overlay2", Map.of());

  @ParameterizedTest
  @EnumSource
  void neitherPromisesTooMuchNorLosesOrDoublesAContainer(Strategy strategy) {
    long seed = Long.getLong("flota.seed", new Random().nextLong());
    System.out.println("placement simulation: " + strategy + ", -Dflota.seed=" + seed);
    Simulation simulation = new Simulation(new Placement(strategy), new Random(seed));
    while (!simulation.isOver()) {
      simulation.tick();
      if (simulation.now % TICKS_BETWEEN_CHECKS == 0 || simulation.isOver()) {
        simulation.check();
      }
    }
    assertThat(simulation.arrived).isEqualTo(CONTAINERS);
    assertThat(simulation.ended).isEqualTo(CONTAINERS);
    assertThat(simulation.moved).as("containers whose host died").isPositive();
    System.out.printf(
        "placement simulation: %d moved, hosts differ by %d permille, those in use are %.0f full%n",
        simulation.moved, simulation.worstImbalance, simulation.worstFullness);
    if (strategy == Strategy.SPREAD) {
      assertThat(simulation.worstImbalance).as("permille between hosts").isLessThan(400);
    } else {
      assertThat(simulation.worstFullness).as("permille of the hosts in use").isGreaterThan(600);
    }
  }

  private static final class Host {
    private final int number;
    private final Reservation capacity;
    private final Map<String, String> labels;
    private final Map<String, Wish> running = new LinkedHashMap<>();
    private Commitments committed = Commitments.NONE;
    private boolean alive = true;
    private boolean drained;
    private int steadySince;

    private Host(int number, Random random) {
      this.number = number;
      long size = 1L << random.nextInt(2);
      capacity = new Reservation(16 * size * CPU, 64 * size * GIB);
      labels = Map.of("disk", number % 3 == 0 ? "hdd" : "ssd", "zone", "z" + number % 5);
    }

    private boolean open() {
      return alive && !drained;
    }

    private void start(Wish wish) {
      running.put(wish.id(), wish);
      committed = committed.with(wish.reservation());
    }

    private void end(String id) {
      running.remove(id);
      committed = Commitments.NONE;
      for (Wish wish : running.values()) {
        committed = committed.with(wish.reservation());
      }
    }

    private HostView view() {
      return new HostView(
          "h" + number,
          "host-" + number,
          labels,
          drained ? Availability.DRAIN : Availability.ACTIVE,
          alive,
          capacity,
          committed,
          Reservation.NONE,
          Set.of(),
          Set.of(),
          Set.of("crun"),
          FACTS);
    }

    /** How full it is, in permille. */
    private int load() {
      Reservation weight = committed.weight();
      return (int)
          Math.max(
              1000 * weight.nanoCpus() / capacity.nanoCpus(),
              1000 * (weight.memory() >> 10) / (capacity.memory() >> 10));
    }
  }

  private record End(int at, String id) {}

  private static final class Simulation {
    private final Placement placement;
    private final Random random;
    private final List<Host> hosts = new ArrayList<>();
    private final Map<String, Host> whereabouts = new HashMap<>();
    private final PriorityQueue<End> ends =
        new PriorityQueue<>((left, right) -> Integer.compare(left.at, right.at));
    private final Set<String> withEnd = new HashSet<>();
    private final Deque<Wish> waiting = new ArrayDeque<>();
    private int now;
    private int arrived;
    private int ended;
    private int moved;
    private int worstImbalance;
    private double worstFullness = Room.FULL;

    private Simulation(Placement placement, Random random) {
      this.placement = placement;
      this.random = random;
      for (int number = 1; number <= HOSTS; number++) {
        hosts.add(new Host(number, random));
      }
    }

    private boolean isOver() {
      return ended == CONTAINERS;
    }

    private void tick() {
      now++;
      endContainers();
      changeHosts();
      for (int count = 0; count < ARRIVALS_PER_TICK && arrived < CONTAINERS; count++) {
        waiting.add(wish("c" + arrived++));
      }
      place();
    }

    private Wish wish(String name) {
      double kind = random.nextDouble();
      Reservation reservation =
          kind < 0.3
              ? Reservation.NONE
              : new Reservation(
                  (1 + random.nextInt(8)) * CPU / 8, (1 + random.nextInt(16)) * GIB / 8);
      List<String> expressions = new ArrayList<>();
      if (kind > 0.8) {
        expressions.add("constraint:node.labels.disk==ssd");
      }
      if (kind > 0.9) {
        expressions.add("constraint:zone!=~z1");
      }
      return new Wish(
          name,
          name,
          Map.of(),
          reservation,
          "redis:7.2",
          null,
          List.of(),
          List.of(),
          "crun",
          null,
          Expression.of(Map.of(), expressions));
    }

    private void endContainers() {
      while (!ends.isEmpty() && ends.peek().at <= now) {
        String id = ends.remove().id;
        Host host = whereabouts.remove(id);
        if (host == null) {
          waiting.removeIf(wish -> wish.id().equals(id)); // it ended with its host
        } else {
          host.end(id);
        }
        ended++;
      }
    }

    private void changeHosts() {
      for (Host host : hosts) {
        int dice = random.nextInt(1000);
        if (host.alive && dice < 1) {
          die(host);
        } else if (!host.alive && dice < 100) {
          host.alive = true;
          host.steadySince = now;
        } else if (dice >= 999) {
          host.drained = !host.drained;
          host.steadySince = now;
        }
      }
    }

    /** Its containers are to run elsewhere. */
    private void die(Host host) {
      host.alive = false;
      for (Wish wish : List.copyOf(host.running.values())) {
        whereabouts.remove(wish.id());
        host.end(wish.id());
        waiting.addFirst(wish);
        moved++;
      }
    }

    private void place() {
      List<Wish> batch = new ArrayList<>(waiting);
      waiting.clear();
      ClusterView view = ClusterView.of(hosts.stream().map(Host::view).toList(), Containers.none());
      List<Decision> decisions = placement.plan(view, batch);
      for (int index = 0; index < batch.size(); index++) {
        Wish wish = batch.get(index);
        switch (decisions.get(index)) {
          case Placed placed ->
              start(wish, hosts.get(Integer.parseInt(placed.hostId().substring(1)) - 1));
          case NoHostFits _ -> waiting.add(wish);
        }
      }
    }

    private void start(Wish wish, Host host) {
      require(host.open(), "placed on a host that takes nothing");
      for (Expression expression : wish.expressions()) {
        require(expression.soft() || "ssd".equals(host.labels.get("disk")), "constraint ignored");
      }
      host.start(wish);
      require(whereabouts.put(wish.id(), host) == null, "placed while it runs");
      if (withEnd.add(wish.id())) { // one that lost its host keeps the end it had
        ends.add(new End(now + 1 + random.nextInt(2 * LIFE_IN_TICKS), wish.id()));
      }
    }

    private void check() {
      int running = 0;
      for (Host host : hosts) {
        checkReservations(host);
        require(host.alive || host.running.isEmpty(), "something runs on a dead host");
        for (String id : host.running.keySet()) {
          require(whereabouts.get(id) == host, id + " runs where it does not belong");
        }
        running += host.running.size();
      }
      require(running == whereabouts.size(), "a container runs twice or is lost");
      require(running + waiting.size() + ended == arrived, "a container is lost");
      observeBalance();
    }

    /** Summed up anew, by no means of the placement's own. */
    private static void checkReservations(Host host) {
      long nanoCpus = 0;
      long memory = 0;
      for (Wish wish : host.running.values()) {
        nanoCpus += wish.reservation().nanoCpus();
        memory += wish.reservation().memory();
      }
      require(nanoCpus <= host.capacity.nanoCpus(), "more CPUs promised than there are");
      require(memory <= host.capacity.memory(), "more memory promised than there is");
    }

    /** Cheaper than an assertion, of which there would be millions. */
    private static void require(boolean condition, String otherwise) {
      if (!condition) {
        throw new AssertionError(otherwise);
      }
    }

    /** Between hosts that took containers long enough to fill, while containers come. */
    private void observeBalance() {
      if (now <= LIFE_IN_TICKS || arrived == CONTAINERS) {
        return;
      }
      int[] loads =
          hosts.stream()
              .filter(host -> host.open() && now - host.steadySince > LIFE_IN_TICKS)
              .mapToInt(Host::load)
              .toArray();
      Arrays.sort(loads);
      worstImbalance = Math.max(worstImbalance, loads[loads.length - 1] - loads[0]);
      worstFullness =
          Math.min(
              worstFullness, Arrays.stream(loads).filter(load -> load > 0).average().orElseThrow());
    }
  }
}
