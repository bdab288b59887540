package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.util.Locale;

/**
 * The least that a move could take: a dump and a restore of the program that runs in the
 * containers, on the first host and by way of its memory.
 */
final class Floor implements AutoCloseable {
  private final Agent agent;

  private Floor(Agent agent) {
    this.agent = agent;
  }

  /** What is dumped and restored. */
  enum Of {
    /** A process in no namespace of its own, by criu alone. */
    PROCESS,
    /** A container of the same program, by runc and criu. */
    CONTAINER
  }

  /** Milliseconds. */
  record Took(double dump, double restore) {
    double total() {
      return dump + restore;
    }
  }

  static Floor start(FleetUnderTest fleet, Of what, MemorySize size) throws IOException {
    Floor floor =
        new Floor(
            Agent.start(
                "the floor",
                fleet.inside(
                    fleet.first().name(),
                    Scripts.FLOOR.command(
                        what.name().toLowerCase(Locale.ROOT),
                        Scripts.PROGRAM.text(),
                        Integer.toString(size.megabytes())))));
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
