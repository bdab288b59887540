package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a container's specification asks of its networks, checked against contradictions as moby's
 * {@code runconfig} and {@code daemon/container_operations.go} do, in their words.
 */
sealed interface NetworkWish {
  /** The namespace of another container, {@code container:NAME}. */
  record OfContainer() implements NetworkWish {}

  /**
   * Networks by name or id; the first is the main one.
   *
   * @param networks at least one
   */
  record OfNetworks(List<Asked> networks) implements NetworkWish {}

  /** A place in one network. */
  record Asked(String network, EndpointWish wish) {}

  /** {@code --network container:NAME} begins so. */
  String CONTAINER_PREFIX = "container:";

  /** The only networks whose containers are in no other. */
  String HOST = "host";

  String NONE = "none";
  String DEFAULT = "bridge";

  /** Why a container in the host's or another container's network gets no other. */
  String SHARED =
      "container sharing network namespace with another container or host"
          + " cannot be connected to any other network";

  /** Why a container without networks gets none. */
  String PRIVATE =
      "container cannot be connected to multiple networks"
          + " with one of the networks in private (none) mode";

  /**
   * Reads the wish.
   *
   * @throws EngineException where it contradicts itself
   */
  static NetworkWish of(
      HostConfig hostConfig, ContainerConfig config, NetworkingConfig networkingConfig) {
    String mode = hostConfig.network();
    if (Boolean.TRUE.equals(config.networkDisabled())) {
      return new OfNetworks(List.of(new Asked(NONE, EndpointWish.NONE)));
    }
    if (mode.equals("container") || mode.startsWith(CONTAINER_PREFIX)) {
      checkContainerMode(mode, hostConfig, config);
      return new OfContainer();
    }
    refuse(
        mode.equals(HOST) && some(hostConfig.links()),
        "conflicting options: host type networking can't be used with links. "
            + "This would result in undefined behavior");
    List<Asked> asked = asked(mode, networkingConfig);
    asked.forEach(one -> checkOthers(mode, one.network()));
    return new OfNetworks(withMac(asked, config));
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

  /** The main network first; it is asked for by the mode unless only others are by name. */
  private static List<Asked> asked(String mode, NetworkingConfig networkingConfig) {
    Map<String, EndpointWish> wishes = new LinkedHashMap<>();
    Map<String, @Nullable EndpointWish> given = networkingConfig.endpointsConfig();
    if (given != null) {
      given.forEach((name, wish) -> wishes.put(network(name), present(network(name), wish)));
    }
    List<Asked> asked = new ArrayList<>();
    EndpointWish main = wishes.remove(mode);
    if (main != null || wishes.isEmpty() || !mode.equals(DEFAULT)) {
      asked.add(new Asked(mode, main == null ? EndpointWish.NONE : main));
    }
    wishes.forEach((name, wish) -> asked.add(new Asked(name, wish)));
    return asked;
  }

  private static String network(String name) {
    return name.equals("default") ? DEFAULT : name;
  }

  private static EndpointWish present(String network, @Nullable EndpointWish wish) {
    if (wish == null) {
      throw EngineException.invalid(
          "invalid config for network " + network + ": EndpointsConfig is nil");
    }
    return wish;
  }

  private static void checkOthers(String mode, String network) {
    boolean other = !mode.equals(network);
    refuse(other && (mode.equals(HOST) || network.equals(HOST)), SHARED);
    refuse(other && (mode.equals(NONE) || network.equals(NONE)), PRIVATE);
  }

  /** The address that the container asks for is that of its main network. */
  private static List<Asked> withMac(List<Asked> asked, ContainerConfig config) {
    String wide = config.macAddress();
    if (!some(wide)) {
      return asked;
    }
    Asked main = asked.getFirst();
    String own = main.wish().macAddress();
    refuse(
        some(own) && !Objects.equals(wide, own),
        "the container-wide MAC address must match the endpoint-specific MAC address"
            + " for the main network, or be left empty");
    List<Asked> all = new ArrayList<>(asked);
    all.set(0, new Asked(main.network(), main.wish().withMac(wide)));
    return all;
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
