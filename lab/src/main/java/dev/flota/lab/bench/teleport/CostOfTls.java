package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.fleet.FleetScenario;
import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.util.List;

/** What mutual TLS with the hosts' own certificates costs one stream between two of them. */
record CostOfTls() implements FleetScenario {
  private static final Metric RATE =
      Metric.throughput("one stream between two hosts: mutual TLS beside TCP");

  @Override
  public String key() {
    return "link";
  }

  @Override
  public List<Comparison> measure(FleetUnderTest fleet, int rounds) throws IOException {
    Series series = new Series();
    try (Link link = Link.open(fleet)) {
      for (int round = 0; round < rounds; round++) {
        series.add("plain", link.plain());
        series.add("tls", link.tls());
      }
    }
    return List.of(new Comparison(RATE, series.get("plain"), series.get("tls")));
  }
}
