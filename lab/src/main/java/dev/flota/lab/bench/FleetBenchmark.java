package dev.flota.lab.bench;

import dev.flota.lab.bench.fleet.FleetScenario;
import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./flota bench fleet}: prints figures and judges them, but never fails for being slow. */
@Command(
    name = "fleet",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "What a fleet costs beside a single host, in a lab of five.")
@NullUnmarked // picocli fills the fields in
final class FleetBenchmark implements Callable<Integer> {
  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "of run, attach, list, image, memory, join, loss; several by commas")
  private List<String> only = List.of();

  @Option(
      names = "--rounds",
      defaultValue = "30",
      paramLabel = "N",
      description = "rounds that count (30); all but run and list have 5 at most")
  private int rounds;

  @Mixin private FleetRun run;

  FleetBenchmark() {}

  @Override
  public Integer call() throws IOException {
    return run.run(FleetScenario.all(), only, rounds, FleetUnderTest.IMAGE, "ONE HOST");
  }
}
