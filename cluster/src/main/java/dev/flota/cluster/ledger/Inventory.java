package dev.flota.cluster.ledger;

import dev.flota.engine.network.Forward;
import dev.flota.engine.network.Forwards;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Enters what a host had before it made its fleet. */
public final class Inventory {
  private Inventory() {}

  /**
   * A container with exactly the addresses and published ports that it has.
   *
   * @param networks that there are: on one that is gone a container has nothing
   */
  public static List<Change<?>> of(
      ContainerRecord container, String hostId, Collection<NetworkDefinition> networks) {
    List<Change<?>> changes = new ArrayList<>();
    for (EndpointRecord endpoint : container.endpoints()) {
      if (endpoint.address() != null
          && networks.stream().anyMatch(network -> network.id().equals(endpoint.networkId()))) {
        changes.add(
            new Change.TakeAddress(
                container.id(),
                new AddressWish(endpoint.networkId(), endpoint.address(), endpoint.mac())));
      }
    }
    changes.add(
        new Change.CreateContainer(
            container.id(), container.name(), hostId, container.withEpoch(0), List.of()));
    List<PortClaim> ports = Forwards.of(container).stream().map(Inventory::claim).toList();
    if (container.state().status().alive() && !ports.isEmpty()) {
      changes.add(new Change.TakePorts(container.id(), ports, List.of()));
    }
    return changes;
  }

  private static PortClaim claim(Forward forward) {
    return new PortClaim(
        forward.from().protocol().toString(),
        forward.from().address().toString(),
        forward.from().number(),
        forward.from().number());
  }
}
