package dev.flota.api.docker.container;

import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.EndpointRecord.Published;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The ports of a running container: exposed ones, and where they are published. */
final class Ports {
  private Ports() {}

  /** Bindings by container port ("80/tcp"), empty for one that is only exposed. */
  static Map<String, List<Published>> inForce(ContainerRecord container) {
    Map<String, List<Published>> ports = new TreeMap<>();
    if (!container.state().status().alive()) {
      return ports;
    }
    ContainerConfig config = container.config();
    boolean hasEndpoint =
        container.endpoints().stream().anyMatch(endpoint -> endpoint.address() != null);
    if (config.exposedPorts() != null && hasEndpoint) {
      config.exposedPorts().keySet().forEach(port -> ports.put(withProtocol(port), List.of()));
    }
    for (EndpointRecord endpoint : container.endpoints()) {
      ports.putAll(endpoint.published());
    }
    return ports;
  }

  static String withProtocol(String port) {
    return port.contains("/") ? port : port + "/tcp";
  }

  static int number(String port) {
    return Integer.parseInt(port.substring(0, slash(port)));
  }

  static String protocol(String port) {
    return slash(port) == port.length() ? "tcp" : port.substring(slash(port) + 1);
  }

  private static int slash(String port) {
    int slash = port.indexOf('/');
    return slash < 0 ? port.length() : slash;
  }
}
