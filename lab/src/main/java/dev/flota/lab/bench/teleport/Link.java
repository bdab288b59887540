package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.fleet.FleetUnderTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The wire between the first two hosts: how many megabytes a second one stream gets through. */
final class Link implements AutoCloseable {
  private static final double SECOND = 1000;

  private final Agent receiver;
  private final Agent sender;
  private final String[] ports;

  private Link(Agent receiver, Agent sender, String[] ports) {
    this.receiver = receiver;
    this.sender = sender;
    this.ports = ports;
  }

  /** Both ends are warm when this returns. */
  static Link open(FleetUnderTest fleet) throws IOException {
    Engine from = fleet.first();
    Engine to = fleet.hosts().get(1);
    String address;
    try (EngineApi api = EngineApi.of(from)) {
      address = FleetUnderTest.address(api, to);
    }
    Agent receiver = end(to, "receive");
    Agent sender = end(from, "send", address);
    Link link = new Link(receiver, sender, receiver.read().split(" ", 2));
    link.plain();
    link.tls();
    return link;
  }

  /** A Java program in that host's network, with that host's keys. */
  private static Agent end(Engine host, String... arguments) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--target",
                Long.toString(host.init()),
                "--net",
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                LinkEnd.class.getName(),
                "/proc/" + host.init() + "/root/var/lib/flota/cluster"));
    words.addAll(List.of(arguments));
    return Agent.start("the stream at " + host.name(), new ProcessBuilder(words));
  }

  /** By TCP alone. */
  double plain() throws IOException {
    return rate(ports[0], "plain");
  }

  /** Inside mutual TLS, as everything between daemons. */
  double tls() throws IOException {
    return rate(ports[1], "tls");
  }

  private double rate(String port, String how) throws IOException {
    double millis = Double.parseDouble(sender.ask(how + " " + port));
    return LinkEnd.MEGABYTES * SECOND / millis;
  }

  @Override
  public void close() throws IOException {
    try (receiver) {
      sender.close();
    }
  }
}
