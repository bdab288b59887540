package dev.flota.engine.network;

import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import java.util.List;
import java.util.stream.Stream;

/** Which ports are in force for a container, as its record says. */
public final class Forwards {
  private Forwards() {}

  /** The ports of one container; empty when it publishes none or does not run. */
  public static List<Forward> of(ContainerRecord container) {
    return container.endpoints().stream().flatMap(Forwards::of).toList();
  }

  private static Stream<Forward> of(EndpointRecord endpoint) {
    String text = endpoint.address();
    return Stream.ofNullable(text)
        .flatMap(address -> Ipv4.parse(address).stream())
        .flatMap(
            address ->
                endpoint.published().entrySet().stream()
                    .flatMap(
                        entry ->
                            entry.getValue().stream()
                                .map(place -> forward(entry.getKey(), address, place))));
  }

  private static Forward forward(
      String containerPort, Ipv4 address, EndpointRecord.Published place) {
    int slash = containerPort.indexOf('/');
    Protocol protocol = Protocol.parse(containerPort.substring(slash + 1)).orElseThrow();
    Ipv4 hostIp = Ipv4.parse(place.hostIp()).orElseThrow();
    return new Forward(
        new HostPort(protocol, hostIp, place.hostPort()),
        address,
        Integer.parseInt(containerPort.substring(0, slash)));
  }
}
