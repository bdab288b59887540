package dev.flota.lab.bench.placement;

import dev.flota.cluster.placement.ClusterView;
import dev.flota.cluster.placement.Decision;
import dev.flota.cluster.placement.Placement;
import dev.flota.cluster.placement.Strategy;
import dev.flota.cluster.placement.Wish;
import java.util.Collections;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Decisions in a fleet of 1,000 hosts and 100,000 containers; one operation is one decision. */
@State(Scope.Benchmark)
public class Decisions {
  private static final int BATCH = 1_000;

  private final BigFleet fleet = new BigFleet();
  private final ClusterView view = fleet.view();
  private final Placement placement = new Placement(Strategy.SPREAD);
  private final Wish plain = BigFleet.wish(List.of());
  private final Wish constrained =
      BigFleet.wish(
          List.of(
              "constraint:node.labels.disk==ssd",
              "constraint:zone==/z[1-3]/",
              "constraint:node.platform.arch==amd64",
              "constraint:rack!=~r7"));
  private final Wish besideAnother = BigFleet.wish(List.of("affinity:container!=container-4711"));
  private final List<Wish> batch = Collections.nCopies(BATCH, plain);

  /** A container that only reserves something. */
  @Benchmark
  public Decision one() {
    return placement.place(view, plain);
  }

  /** A container with four constraints. */
  @Benchmark
  public Decision constrained() {
    return placement.place(view, constrained);
  }

  /** A container with an affinity. */
  @Benchmark
  public Decision affinity() {
    return placement.place(view, besideAnother);
  }

  /** A container after every host has told something new. */
  @Benchmark
  public Decision freshView() {
    return placement.place(fleet.view(), plain);
  }

  /** A thousand containers that count each other. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public List<Decision> batch() {
    return placement.plan(view, batch);
  }
}
