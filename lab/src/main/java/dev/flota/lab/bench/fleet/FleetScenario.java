package dev.flota.lab.bench.fleet;

import dev.flota.lab.bench.figure.Comparison;
import java.io.IOException;
import java.util.List;

/** Something that is measured of a fleet. */
public interface FleetScenario {
  /** What {@code --only} calls it. */
  String key();

  /** Measures it, and takes away what it has made, also after a failure. */
  List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException;

  /** What a fleet costs beside a single host; those that cost hosts come last. */
  static List<FleetScenario> all() {
    return List.of(
        new RemoteRun(),
        new RemoteOutput(),
        new FleetListing(),
        new ImageSpread(),
        new FleetMemory(),
        new Join(),
        new HostLoss());
  }
}
