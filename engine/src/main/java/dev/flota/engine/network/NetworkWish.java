package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import dev.flota.engine.spec.NetworkingConfig.IpamWish;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a container's specification asks of its network, checked against contradictions as moby's
 * {@code runconfig} and {@code daemon/container_operations.go} do, in their words.
 */
sealed interface NetworkWish {
  /** The namespace of another container, {@code container:NAME}. */
  record OfContainer() implements NetworkWish {}

  /**
   * A network by name or id.
   *
   * @param mac as the user chose it
   */
  record OfNetwork(String network, Optional<MacAddress> mac) implements NetworkWish {}

  /** {@code --network container:NAME} begins so. */
  String CONTAINER_PREFIX = "container:";

  /**
   * Reads the wish.
   *
   * @throws EngineException where it contradicts itself
   */
  static NetworkWish of(
      HostConfig hostConfig, ContainerConfig config, NetworkingConfig networkingConfig) {
    String mode = hostConfig.network();
    if (Boolean.TRUE.equals(config.networkDisabled())) {
      return new OfNetwork("none", Optional.empty());
    }
    if (mode.equals("container") || mode.startsWith(CONTAINER_PREFIX)) {
      checkContainerMode(mode, hostConfig, config);
      return new OfContainer();
    }
    boolean host = mode.equals("host");
    refuse(
        host && some(hostConfig.links()),
        "conflicting options: host type networking can't be used with links. "
            + "This would result in undefined behavior");
    Optional<EndpointWish> endpoint = endpoint(mode, networkingConfig);
    endpoint.ifPresent(wish -> checkEndpoint(mode, wish));
    return new OfNetwork(mode, mac(config, endpoint));
  }

  private static void checkContainerMode(
      String mode, HostConfig hostConfig, ContainerConfig config) {
    refuse(
        mode.length() <= CONTAINER_PREFIX.length(),
        "invalid network mode: invalid container format container:<name|id>");
    refuse(some(config.hostname()), "conflicting options: hostname and the network mode");
    refuse(
        some(hostConfig.links()),
        "conflicting options: container type network can't be used with links. "
            + "This would result in undefined behavior");
    refuse(some(hostConfig.dns()), "conflicting options: dns and the network mode");
    refuse(
        some(hostConfig.extraHosts()),
        "conflicting options: custom host-to-IP mapping and the network mode");
    refuse(some(config.macAddress()), "conflicting options: mac-address and the network mode");
    refuse(
        some(hostConfig.portBindings()) || hostConfig.publishAllPorts(),
        "conflicting options: port publishing and the container type network mode");
    refuse(
        some(config.exposedPorts()),
        "conflicting options: port exposing and the container type network mode");
  }

  /** The wish for the main network; one for another network cannot be met. */
  private static Optional<EndpointWish> endpoint(String mode, NetworkingConfig networkingConfig) {
    Map<String, @Nullable EndpointWish> wishes = networkingConfig.endpointsConfig();
    if (wishes == null) {
      return Optional.empty();
    }
    Optional<EndpointWish> found = Optional.empty();
    for (Map.Entry<String, @Nullable EndpointWish> entry : wishes.entrySet()) {
      String network = entry.getKey().equals("default") ? "bridge" : entry.getKey();
      EndpointWish wish = entry.getValue();
      if (wish == null) {
        throw EngineException.invalid(
            "invalid config for network " + network + ": EndpointsConfig is nil");
      }
      refuseOther(mode, network);
      found = Optional.of(wish);
    }
    return found;
  }

  private static void refuseOther(String mode, String network) {
    if (mode.equals(network)) {
      return;
    }
    switch (mode) {
      case "host" ->
          throw EngineException.invalid(
              "container sharing network namespace with another container or host"
                  + " cannot be connected to any other network");
      case "none" ->
          throw EngineException.invalid(
              "container cannot be connected to multiple networks"
                  + " with one of the networks in private (none) mode");
      default -> throw EngineException.notFound("network " + network + " not found");
    }
  }

  private static void checkEndpoint(String network, EndpointWish wish) {
    IpamWish ipam = wish.ipamConfig();
    boolean addressed = ipam != null && (some(ipam.ipv4Address()) || some(ipam.ipv6Address()));
    String prefix = "invalid config for network " + network + ": invalid endpoint settings:\n";
    refuse(
        addressed, prefix + "user specified IP address is supported on user defined networks only");
    refuse(
        some(wish.aliases()),
        prefix + "network-scoped alias is supported only for containers in user defined networks");
  }

  private static Optional<MacAddress> mac(ContainerConfig config, Optional<EndpointWish> endpoint) {
    String wide = config.macAddress();
    String own = endpoint.map(EndpointWish::macAddress).orElse(null);
    refuse(
        some(wide) && some(own) && !String.valueOf(wide).equals(own),
        "the container-wide MAC address must match the endpoint-specific MAC address"
            + " for the main network, or be left empty");
    return Optional.ofNullable(some(own) ? own : wide)
        .filter(text -> !text.isEmpty())
        .map(MacAddress::parse);
  }

  private static boolean some(@Nullable String text) {
    return text != null && !text.isEmpty();
  }

  private static boolean some(@Nullable Collection<?> values) {
    return values != null && !values.isEmpty();
  }

  private static boolean some(@Nullable Map<?, ?> values) {
    return values != null && !values.isEmpty();
  }

  private static void refuse(boolean contradiction, String text) {
    if (contradiction) {
      throw EngineException.invalid(text);
    }
  }
}
