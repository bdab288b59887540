package dev.flota.lab.bench;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import dev.flota.lab.bench.figure.TextTable;
import dev.flota.lab.bench.figure.TextTable.Side;
import dev.flota.lab.bench.figure.TracedPhases;
import dev.flota.lab.bench.figure.Unit;
import dev.flota.lab.bench.scenario.Pace;
import dev.flota.lab.bench.scenario.Scenario;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code ./flota bench trace}: where the time of a container's cycle goes, seen from the client and
 * by what the daemon logs of its own phases.
 */
@Command(
    name = "trace",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Where the time of a container's cycle on the bridge goes, phase by phase.")
@NullUnmarked // picocli fills the fields in
final class StartTrace implements Callable<Integer> {
  @Option(
      names = "--rounds",
      defaultValue = "30",
      paramLabel = "N",
      description = "rounds that count (30)")
  private int rounds;

  @Option(
      names = "--warm-ups",
      defaultValue = "30",
      paramLabel = "N",
      description = "rounds before that do not count (30)")
  private int warmUps;

  @Option(names = "--flota", hidden = true, required = true, paramLabel = "SOCKET")
  private Path flota;

  @Option(names = "--log", hidden = true, required = true, paramLabel = "FILE")
  private Path log;

  StartTrace() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    Scenario cycle = Scenario.all().getFirst();
    if (warmUps > 0) {
      run(cycle, warmUps);
    }
    LogTail tail = LogTail.atEnd(log);
    Outcome outcome = run(cycle, rounds);
    Map<String, Samples> phases =
        TracedPhases.collect(
            tail.lines().stream().flatMap(line -> TracedPhases.parse(line).stream()).toList());
    System.out.print(table(outcome, phases).render());
    outcome.failures().forEach(failure -> System.out.println("FAILED  " + failure));
    return outcome.failures().isEmpty() ? 0 : 1;
  }

  private Outcome run(Scenario scenario, int times) throws InterruptedException {
    return new SideBySide(
            List.of(Engine.flota(flota, 0)), new Pace(0, times), Duration.ofMillis(50))
        .run(scenario);
  }

  private static TextTable table(Outcome outcome, Map<String, Samples> phases) {
    TextTable table =
        new TextTable()
            .column("", Side.LEFT)
            .column("MEDIAN", Side.RIGHT)
            .column("p90", Side.RIGHT);
    outcome
        .comparisons()
        .forEach(
            comparison ->
                comparison
                    .flota()
                    .ifPresent(samples -> addRow(table, comparison.metric(), samples)));
    phases.forEach((name, samples) -> addRow(table, Metric.duration("daemon, " + name), samples));
    return table;
  }

  private static void addRow(TextTable table, Metric metric, Samples samples) {
    Unit unit = metric.unit();
    table.row(
        List.of(metric.name(), unit.format(samples.median()), unit.format(samples.percentile(90))));
  }
}
