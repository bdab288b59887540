package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry of a host that is alone: networks are files, addresses and ports follow from the
 * containers' records.
 */
public final class LocalNetworkRegistry implements NetworkRegistry {
  private static final Logger LOG = LoggerFactory.getLogger(LocalNetworkRegistry.class);

  private final DefinitionStore store;
  private final Supplier<Collection<Subnet>> routes;
  private final Map<String, NetworkDefinition> networks = new LinkedHashMap<>();
  private final AddressBook addresses = new AddressBook();
  private final PortClaims ports;

  /**
   * The networks of this host.
   *
   * @throws EngineException when the settings contradict themselves or a file cannot be read
   */
  public LocalNetworkRegistry(EngineSettings settings) {
    this(settings, HostRoutes::subnets, HostRoutes.ephemeralPorts());
  }

  LocalNetworkRegistry(
      EngineSettings settings, Supplier<Collection<Subnet>> routes, PortRange ephemeral) {
    this.store = new DefinitionStore(settings.stateDir().resolve("networks"));
    this.routes = routes;
    this.ports = new PortClaims(ephemeral);
    know(PredefinedNetworks.defaultNetwork(settings.bridge(), store.made()));
    store.readAll().forEach(this::know);
  }

  /**
   * Before the registry is opened: makes these the networks of a host that was in a fleet and is
   * alone from now on.
   *
   * @param networks besides the default one
   */
  public static void replace(EngineSettings settings, Collection<NetworkDefinition> networks) {
    DefinitionStore store = new DefinitionStore(settings.stateDir().resolve("networks"));
    Set<String> kept = networks.stream().map(NetworkDefinition::id).collect(Collectors.toSet());
    networks.forEach(store::write);
    store.readAll().stream()
        .map(NetworkDefinition::id)
        .filter(id -> !kept.contains(id))
        .forEach(store::delete);
  }

  private void know(NetworkDefinition network) {
    networks.put(network.id(), network);
    addresses.open(network);
  }

  @Override
  public synchronized List<NetworkDefinition> networks() {
    return List.copyOf(networks.values());
  }

  @Override
  public void catchUp() {
    // nobody else decides
  }

  @Override
  public synchronized NetworkDefinition create(NetworkDefinition wish) {
    NetworkDefinition network = NetworkPlan.complete(wish, networks.values(), routes.get());
    store.write(network);
    know(network);
    return network;
  }

  @Override
  public synchronized void remove(String networkId) {
    NetworkDefinition network = networks.get(networkId);
    if (network == null) {
      return;
    }
    if (addresses.hasHolders(networkId)) {
      throw new EngineException(
          ErrorKind.FORBIDDEN,
          "error while removing network: network %s id %s has active endpoints"
              .formatted(network.name(), network.id()));
    }
    store.delete(networkId);
    networks.remove(networkId);
    addresses.close(networkId);
  }

  @Override
  public synchronized Address take(
      String networkId,
      String containerId,
      @Nullable String wishedAddress,
      @Nullable String wishedMac) {
    return addresses.take(networkId, containerId, wishedAddress, wishedMac);
  }

  @Override
  public synchronized void giveBack(String networkId, String containerId) {
    addresses.giveBack(networkId, containerId);
  }

  @Override
  public synchronized List<HostPort> claimPorts(
      String containerId, List<PortWish> wishes, Set<HostPort> unusable) {
    return ports.claim(containerId, wishes, unusable);
  }

  @Override
  public synchronized void releasePorts(String containerId) {
    ports.release(containerId);
  }

  @Override
  public synchronized void recall(Collection<ContainerRecord> existing) {
    for (ContainerRecord container : existing) {
      container.endpoints().forEach(endpoint -> recall(container, endpoint));
      if (container.state().status().alive()) {
        List<HostPort> published = new ArrayList<>();
        Forwards.of(container).forEach(forward -> published.add(forward.from()));
        ports.restore(container.id(), published);
      }
    }
  }

  private void recall(ContainerRecord container, EndpointRecord endpoint) {
    if (endpoint.address() == null || !networks.containsKey(endpoint.networkId())) {
      return; // a network without addresses, or one that is gone: its start will say so
    }
    try {
      addresses.take(endpoint.networkId(), container.id(), endpoint.address(), endpoint.mac());
    } catch (EngineException e) {
      LOG.warn(
          "{} of container {} cannot be given in {}: {}",
          endpoint.address(),
          container.name(),
          endpoint.network(),
          e.text());
    }
  }
}
