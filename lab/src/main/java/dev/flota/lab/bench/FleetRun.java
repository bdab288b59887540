package dev.flota.lab.bench;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.fleet.FleetScenario;
import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options and course of benchmarks of a fleet. */
@NullUnmarked // picocli fills the fields in
final class FleetRun {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(names = "--json", paramLabel = "FILE", description = "write every value to a file")
  private Path json;

  @Option(names = "--host", hidden = true, paramLabel = "NAME=SOCKET")
  private Map<String, Path> sockets;

  @Option(names = "--init", hidden = true, paramLabel = "NAME=PROCESS")
  private Map<String, Long> inits;

  @Option(names = "--command", hidden = true, paramLabel = "FILE")
  private Path command;

  FleetRun() {}

  /**
   * Measures and prints; 0 when nothing failed.
   *
   * @param all of which {@code only} chooses
   * @param image what its containers are made of
   * @param other heading of what Flota's figures are compared with
   */
  int run(List<FleetScenario> all, List<String> only, int rounds, String image, String other)
      throws IOException {
    if (rounds < 1) {
      throw new ParameterException(spec.commandLine(), "at least one round");
    }
    List<FleetScenario> scenarios = Choice.of(all, FleetScenario::key, only, spec);
    FleetUnderTest fleet = new FleetUnderTest(hosts(), command);
    Engine first = fleet.first();
    Surroundings surroundings =
        Surroundings.look(List.of(Engine.flota(first.socket(), first.init())));
    fleet.prepare(image);
    List<Comparison> comparisons = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (FleetScenario scenario : scenarios) {
      System.err.println("bench: " + scenario.key());
      try {
        comparisons.addAll(scenario.measure(fleet, rounds));
      } catch (IOException e) {
        failures.add(scenario.key() + ": " + e.getMessage());
      }
    }
    return new Report(surroundings, Optional.of(other), comparisons, failures).publish(json);
  }

  private List<Engine> hosts() {
    return sockets.entrySet().stream()
        .map(host -> Engine.host(host.getKey(), host.getValue(), inits.get(host.getKey())))
        .toList();
  }
}
