package dev.flota.lab.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The benchmarks' command line; {@code ./flota bench} makes the lab and then comes here. */
@Command(
    name = "./flota bench",
    mixinStandardHelpOptions = true,
    description = "Benchmarks in a lab.",
    subcommands = {
      EngineBenchmark.class,
      FleetBenchmark.class,
      TeleportBenchmark.class,
      StartTrace.class,
      PlacementBenchmark.class
    })
public final class Main {
  private Main() {}

  /** Exits with 0 when all was measured, whatever the figures; with 1 when something failed. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
