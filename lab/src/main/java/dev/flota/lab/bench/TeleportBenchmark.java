package dev.flota.lab.bench;

import dev.flota.lab.bench.teleport.TeleportScenarios;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./flota bench teleport}: prints figures and judges them, but never fails for being slow.
 */
@Command(
    name = "teleport",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "What moving a running container costs beside CRIU alone, and beside podman, in a lab of"
            + " three.")
@NullUnmarked // picocli fills the fields in
final class TeleportBenchmark implements Callable<Integer> {
  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "of gap, memory, shared, link, podman; several by commas")
  private List<String> only = List.of();

  @Option(
      names = "--rounds",
      defaultValue = "20",
      paramLabel = "N",
      description = "rounds that count (20); podman has 10 at most, 256 MB and more have 5")
  private int rounds;

  @Option(names = "--large", description = "4 GB too, where five times as much memory is free")
  private boolean large;

  @Mixin private FleetRun run;

  @Option(names = "--without-podman", description = "measure Flota alone")
  private boolean withoutPodman;

  @Option(names = "--podman", hidden = true, paramLabel = "NAME=ADDRESS")
  private Map<String, String> podman = Map.of();

  @Option(names = "--registry", hidden = true, paramLabel = "ADDRESS")
  private String registry;

  TeleportBenchmark() {}

  @Override
  public Integer call() throws IOException {
    return run.run(
        withoutPodman
            ? TeleportScenarios.all(large)
            : TeleportScenarios.withPodman(large, podman, registry),
        only,
        rounds,
        TeleportScenarios.IMAGE,
        "BESIDE");
  }
}
