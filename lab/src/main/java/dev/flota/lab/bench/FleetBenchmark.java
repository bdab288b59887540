package dev.flota.lab.bench;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.fleet.FleetScenario;
import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./flota bench fleet}: prints figures and judges them, but never fails for being slow. */
@Command(
    name = "fleet",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "What a fleet costs beside a single host, in a lab of five.")
@NullUnmarked // picocli fills the fields in
final class FleetBenchmark implements Callable<Integer> {
  @Spec private CommandSpec spec;

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

  @Option(names = "--json", paramLabel = "FILE", description = "write every value to a file")
  private Path json;

  @Option(names = "--host", hidden = true, paramLabel = "NAME=SOCKET")
  private Map<String, Path> sockets;

  @Option(names = "--init", hidden = true, paramLabel = "NAME=PROCESS")
  private Map<String, Long> inits;

  @Option(names = "--command", hidden = true, paramLabel = "FILE")
  private Path command;

  FleetBenchmark() {}

  @Override
  public Integer call() throws IOException {
    if (rounds < 1) {
      throw new ParameterException(spec.commandLine(), "at least one round");
    }
    List<FleetScenario> scenarios = chosen();
    FleetUnderTest fleet = new FleetUnderTest(hosts(), command);
    Surroundings surroundings = Surroundings.look(List.of(asEngine(fleet.hosts().getFirst())));
    fleet.prepare();
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
    Report report = new Report(surroundings, Optional.of("ONE HOST"), comparisons, failures);
    System.out.print(report.text());
    if (json != null) {
      Files.writeString(json, report.json());
    }
    return failures.isEmpty() ? 0 : 1;
  }

  private static Engine asEngine(Engine host) {
    return Engine.flota(host.socket(), host.init());
  }

  private List<FleetScenario> chosen() {
    List<String> known = FleetScenario.all().stream().map(FleetScenario::key).toList();
    for (String name : only) {
      if (!known.contains(name)) {
        throw new ParameterException(
            spec.commandLine(), "'" + name + "' is none of " + String.join(", ", known));
      }
    }
    return FleetScenario.all().stream()
        .filter(scenario -> only.isEmpty() || only.contains(scenario.key()))
        .toList();
  }

  private List<Engine> hosts() {
    return sockets.entrySet().stream()
        .map(host -> Engine.host(host.getKey(), host.getValue(), inits.get(host.getKey())))
        .toList();
  }
}
