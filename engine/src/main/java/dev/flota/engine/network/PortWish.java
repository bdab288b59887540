package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.HostConfig.PortBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A port that a user wants published.
 *
 * @param hostIp {@link Ipv4#ANY} for all addresses of the host
 * @param hostPorts from which one is chosen
 */
public record PortWish(ContainerPort port, Ipv4 hostIp, PortRange hostPorts) {

  /**
   * What {@code -p} and {@code -P} ask for, by container port.
   *
   * @throws EngineException in Docker's words where a specification is malformed
   */
  static List<PortWish> of(ContainerConfig config, HostConfig hostConfig) {
    Map<ContainerPort, List<PortWish>> wishes = new TreeMap<>();
    Map<String, @Nullable List<PortBinding>> bindings = hostConfig.portBindings();
    if (bindings != null) {
      bindings.forEach(
          (specification, wanted) -> {
            ContainerPort port = containerPort(specification);
            List<PortBinding> present = wanted == null ? List.of() : wanted;
            wishes.put(port, present.stream().map(binding -> wish(port, binding)).toList());
          });
    }
    if (hostConfig.publishAllPorts()) {
      for (ContainerPort port : exposed(config)) {
        wishes.merge(
            port,
            List.of(new PortWish(port, Ipv4.ANY, PortRange.ANY)),
            (asked, any) -> asked.isEmpty() ? any : asked);
      }
    }
    return wishes.values().stream().flatMap(List::stream).toList();
  }

  /** The same on another address of the host. */
  PortWish on(Ipv4 address) {
    return new PortWish(port, address, hostPorts);
  }

  /** The ports a container's configuration exposes, ranges spread out. */
  private static TreeSet<ContainerPort> exposed(ContainerConfig config) {
    TreeSet<ContainerPort> ports = new TreeSet<>();
    Map<String, Map<String, Object>> exposed = config.exposedPorts();
    if (exposed != null) {
      exposed.keySet().forEach(specification -> ports.addAll(containerPorts(specification)));
    }
    return ports;
  }

  private static ContainerPort containerPort(String specification) {
    List<ContainerPort> ports = containerPorts(specification);
    if (ports.size() != 1) {
      throw invalid(portPart(specification));
    }
    return ports.getFirst();
  }

  private static List<ContainerPort> containerPorts(String specification) {
    PortRange range =
        PortRange.parse(portPart(specification))
            .filter(parsed -> !parsed.any())
            .orElseThrow(() -> invalid(portPart(specification)));
    Protocol protocol =
        Protocol.parse(protocolPart(specification))
            .orElseThrow(
                () -> EngineException.invalid("invalid proto: " + protocolPart(specification)));
    List<ContainerPort> ports = new ArrayList<>();
    IntStream.rangeClosed(range.first(), range.last())
        .forEach(number -> ports.add(new ContainerPort(number, protocol)));
    return ports;
  }

  private static PortWish wish(ContainerPort port, PortBinding binding) {
    String text = binding.hostPort() == null ? "" : binding.hostPort();
    PortRange range = PortRange.parse(portPart(text)).orElseThrow(() -> invalid(text));
    return new PortWish(port, hostIp(binding.hostIp()), range);
  }

  private static Ipv4 hostIp(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return Ipv4.ANY;
    }
    if (text.contains(":")) {
      throw EngineException.invalid(
          "cannot publish on " + text + ": IPv6 is not supported, use an IPv4 address");
    }
    return Ipv4.parse(text)
        .orElseThrow(() -> EngineException.invalid("invalid IP address: " + text));
  }

  private static String portPart(String specification) {
    int slash = specification.indexOf('/');
    return slash < 0 ? specification : specification.substring(0, slash);
  }

  private static String protocolPart(String specification) {
    int slash = specification.indexOf('/');
    String protocol = slash < 0 ? "" : specification.substring(slash + 1);
    return protocol.isEmpty() ? "tcp" : protocol;
  }

  private static EngineException invalid(String port) {
    return EngineException.invalid("invalid port specification: \"" + port + "\"");
  }
}
