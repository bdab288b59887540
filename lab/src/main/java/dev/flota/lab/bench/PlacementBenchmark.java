package dev.flota.lab.bench;

import dev.flota.cluster.placement.Placement;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import dev.flota.lab.bench.placement.Decisions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./flota bench placement}: decisions in a second, by JMH. Needs no lab. */
@Command(
    name = "placement",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Decisions of placement in a second, with 1,000 hosts and 100,000 containers.")
@NullUnmarked // picocli fills the fields in
final class PlacementBenchmark implements Callable<Integer> {
  private static final double DECISIONS_PER_SECOND = 10_000;
  private static final Map<String, Metric> METRICS = metrics();

  @Option(
      names = "--rounds",
      defaultValue = "5",
      paramLabel = "N",
      description = "seconds that count, each a value (5)")
  private int rounds;

  @Option(
      names = "--warm-ups",
      defaultValue = "3",
      paramLabel = "N",
      description = "seconds before that do not count (3)")
  private int warmUps;

  @Option(names = "--json", paramLabel = "FILE", description = "write every value to a file")
  private Path json;

  PlacementBenchmark() {}

  private static Map<String, Metric> metrics() {
    Map<String, Metric> metrics = new LinkedHashMap<>();
    metrics.put("one", Metric.rate("decisions: a reservation").atLeast(DECISIONS_PER_SECOND));
    metrics.put(
        "constrained", Metric.rate("decisions: four constraints").atLeast(DECISIONS_PER_SECOND));
    metrics.put("affinity", Metric.rate("decisions: an affinity").atLeast(DECISIONS_PER_SECOND));
    metrics.put("batch", Metric.rate("decisions: plans of 1,000").atLeast(DECISIONS_PER_SECOND));
    metrics.put("freshView", Metric.rate("decisions, each with a view made anew"));
    return metrics;
  }

  @Override
  public Integer call() throws IOException, RunnerException {
    Surroundings surroundings = surroundings();
    System.err.printf(
        "bench: placement, %d benchmarks, %d s to warm up, %d s that count%n",
        METRICS.size(), warmUps, rounds);
    return new Report(
            surroundings, Optional.empty(), comparisons(new Runner(options()).run()), List.of())
        .publish(json);
  }

  private static Surroundings surroundings() throws IOException {
    return Surroundings.look(List.of())
        .withFlota(Optional.ofNullable(Placement.class.getPackage().getImplementationVersion()));
  }

  private Options options() {
    return new OptionsBuilder()
        .include(Decisions.class.getName() + "\\.")
        .mode(Mode.Throughput)
        .timeUnit(TimeUnit.SECONDS)
        .warmupIterations(warmUps)
        .warmupTime(TimeValue.seconds(1))
        .measurementIterations(rounds)
        .measurementTime(TimeValue.seconds(1))
        .forks(1)
        .verbosity(VerboseMode.SILENT)
        .shouldFailOnError(true)
        .build();
  }

  private static List<Comparison> comparisons(Collection<RunResult> results) {
    Map<String, Samples> samples = new LinkedHashMap<>();
    for (RunResult result : results) {
      samples.put(result.getPrimaryResult().getLabel(), samples(result));
    }
    return METRICS.entrySet().stream()
        .map(
            metric ->
                new Comparison(
                    metric.getValue(),
                    Optional.empty(),
                    Optional.ofNullable(samples.get(metric.getKey()))))
        .toList();
  }

  private static Samples samples(RunResult result) {
    List<Double> values = new ArrayList<>();
    result
        .getAggregatedResult()
        .getIterationResults()
        .forEach(iteration -> values.add(iteration.getPrimaryResult().getScore()));
    return new Samples(values);
  }
}
