package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;

/**
 * The least that a move could take: criu alone dumps and restores the program that runs in the
 * containers, as a process of the first host's without namespaces of its own, by way of that host's
 * memory.
 */
final class Floor implements AutoCloseable {
  private final Agent agent;

  private Floor(Agent agent) {
    this.agent = agent;
  }

  /** Milliseconds. */
  record Took(double dump, double restore) {
    double total() {
      return dump + restore;
    }
  }

  static Floor start(FleetUnderTest fleet, MemorySize size) throws IOException {
    Floor floor =
        new Floor(
            Agent.start(
                "criu alone",
                fleet.inside(
                    fleet.first().name(),
                    Scripts.FLOOR.command(
                        Scripts.PROGRAM.text(), Integer.toString(size.megabytes())))));
    try {
      floor.agent.read();
      return floor;
    } catch (IOException e) {
      floor.close();
      throw e;
    }
  }

  Took round() throws IOException {
    String[] took = agent.ask("go").split(" ", 2);
    return new Took(Double.parseDouble(took[0]), Double.parseDouble(took[1]));
  }

  @Override
  public void close() throws IOException {
    agent.close();
  }
}
