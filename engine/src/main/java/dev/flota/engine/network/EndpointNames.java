package dev.flota.engine.network;

import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Under which names a container is known on a network, and where: what a name server answers.
 *
 * @param networkId of the network
 * @param containerId of the container
 * @param address IPv4, dotted decimal
 * @param names without the network's name behind; no name twice
 */
public record EndpointNames(
    String networkId, String containerId, String address, List<String> names) {
  private static final int SHORT_ID = 12;

  /** The places where others find a container; none when it does not run. */
  public static List<EndpointNames> of(ContainerRecord container) {
    if (!container.state().status().alive()) {
      return List.of();
    }
    List<EndpointNames> places = new ArrayList<>();
    for (EndpointRecord endpoint : container.endpoints()) {
      String address = endpoint.address();
      List<String> names = answered(container, endpoint);
      if (address != null && !names.isEmpty()) {
        places.add(new EndpointNames(endpoint.networkId(), container.id(), address, names));
      }
    }
    return List.copyOf(places);
  }

  /**
   * On the default network Docker answers for nobody. Here a container's name and short id lead to
   * it there too, for that network spans the fleet; hostnames do not, for two may be the same.
   */
  private static List<String> answered(ContainerRecord container, EndpointRecord endpoint) {
    return PredefinedNetworks.isPredefined(endpoint.network())
        ? List.of(container.name(), container.id().substring(0, SHORT_ID))
        : on(container, endpoint);
  }

  /**
   * What an inspection shows: the container's name, its aliases, short id and hostname, in moby's
   * order; none on networks that are predefined.
   */
  public static List<String> on(ContainerRecord container, EndpointRecord endpoint) {
    if (PredefinedNetworks.isPredefined(endpoint.network())) {
      return List.of();
    }
    Set<String> names = new LinkedHashSet<>();
    names.add(container.name());
    names.addAll(endpoint.aliases());
    names.add(container.id().substring(0, SHORT_ID));
    String hostname = container.config().hostname();
    if (hostname != null && !hostname.isEmpty()) {
      names.add(hostname);
    }
    return List.copyOf(names);
  }
}
