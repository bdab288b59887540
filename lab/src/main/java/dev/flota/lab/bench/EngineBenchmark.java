package dev.flota.lab.bench;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.scenario.Pace;
import dev.flota.lab.bench.scenario.Scenario;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./flota bench engine}: prints figures and judges them, but never fails for being slow. */
@Command(
    name = "engine",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Flota and Docker's own engine side by side, round by round in turns.")
@NullUnmarked // picocli fills the fields in
final class EngineBenchmark implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "of cycle, cycle-none, exec, parallel, list, pull, memory; several by commas")
  private List<String> only = List.of();

  @Option(
      names = "--rounds",
      defaultValue = "30",
      paramLabel = "N",
      description = "rounds that count (30); parallel and pull have 3 at most, memory has one")
  private int rounds;

  @Option(
      names = "--warm-ups",
      defaultValue = "10",
      paramLabel = "N",
      description = "rounds before that do not count (10); parallel and pull have one at most")
  private int warmUps;

  @Option(names = "--json", paramLabel = "FILE", description = "write every value to a file")
  private Path json;

  @Option(names = "--without-docker", description = "measure Flota alone")
  private boolean withoutDocker;

  @Option(names = "--without-flota", description = "measure Docker's engine alone")
  private boolean withoutFlota;

  @Option(
      names = "--pause",
      defaultValue = "50",
      paramLabel = "MILLISECONDS",
      description = "between turns, for the kernel to clean up after the one before (50)")
  private int pause;

  @Option(names = "--docker", hidden = true, paramLabel = "SOCKET")
  private Path docker;

  @Option(names = "--docker-init", hidden = true, paramLabel = "PROCESS")
  private long dockerInit;

  @Option(names = "--flota", hidden = true, paramLabel = "SOCKET")
  private Path flota;

  @Option(names = "--flota-init", hidden = true, paramLabel = "PROCESS")
  private long flotaInit;

  EngineBenchmark() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Scenario> scenarios = Choice.of(Scenario.all(), Scenario::key, only, spec);
    SideBySide sideBySide = new SideBySide(engines(), pace(), Duration.ofMillis(pause));
    Surroundings surroundings = Surroundings.look(engines());
    List<Comparison> comparisons = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      say(scenario);
      Outcome outcome = sideBySide.run(scenario);
      comparisons.addAll(outcome.comparisons());
      outcome.failures().forEach(failure -> failures.add(scenario.key() + ": " + failure));
    }
    Report report =
        new Report(
            surroundings, surroundings.docker().map(version -> "DOCKER"), comparisons, failures);
    return report.publish(json);
  }

  private void say(Scenario scenario) {
    Pace actual = scenario.pace(pace());
    System.err.printf(
        "bench: %s, %d to warm up, %d that count%n",
        scenario.key(), actual.warmUps(), actual.rounds());
  }

  private Pace pace() {
    if (rounds < 1 || warmUps < 0) {
      throw new ParameterException(
          spec.commandLine(), "at least one round, and no less than 0 warm-ups");
    }
    return new Pace(warmUps, rounds);
  }

  private List<Engine> engines() {
    List<Engine> engines = new ArrayList<>();
    if (docker != null && !withoutDocker) {
      engines.add(Engine.docker(docker, dockerInit));
    }
    if (flota != null && !withoutFlota) {
      engines.add(Engine.flota(flota, flotaInit));
    }
    if (engines.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "no engine is left to measure");
    }
    return engines;
  }
}
