package dev.flota.lab.bench.fleet;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.ProcessTable;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the daemons hold in memory once they have done all that comes before, and rested. */
record FleetMemory() implements FleetScenario {
  private static final Duration REST = Duration.ofSeconds(15);

  @Override
  public String key() {
    return "memory";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    FleetUnderTest.pause(REST);
    ProcessTable table = ProcessTable.read();
    List<Double> values = new ArrayList<>();
    for (Engine host : fleet.hosts()) {
      List<Long> daemon = table.descendants(host.init(), host.daemons());
      if (daemon.isEmpty()) {
        throw new IOException(host.name() + " has no daemon");
      }
      values.add(table.memoryOf(daemon).residentMegabytes());
    }
    Metric metric =
        Metric.size("daemon resident, in a fleet of " + fleet.hosts().size()).atMost(250);
    return List.of(new Comparison(metric, Optional.empty(), Optional.of(new Samples(values))));
  }
}
