package dev.flota.lab.bench.fleet;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.Memory;
import dev.flota.lab.bench.engine.ProcessTable;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the daemons hold in memory once they have done all that comes before, and rested: their
 * share, in which the pages that several of them have count once, and all that is mapped.
 */
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
    List<Double> resident = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    for (Engine host : fleet.hosts()) {
      List<Long> daemon = table.descendants(host.init(), host.daemons());
      if (daemon.isEmpty()) {
        throw new IOException(host.name() + " has no daemon");
      }
      Memory memory = table.memoryOf(daemon);
      resident.add(memory.residentMegabytes());
      shares.add(memory.proportionalMegabytes());
    }
    String where = ", in a fleet of " + fleet.hosts().size();
    return List.of(
        figure(Metric.size("daemon, its share" + where).atMost(250), shares),
        figure(Metric.size("daemon resident" + where), resident));
  }

  private static Comparison figure(Metric metric, List<Double> values) {
    return new Comparison(metric, Optional.empty(), Optional.of(new Samples(values)));
  }
}
