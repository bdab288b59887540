package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings.Bridge;
import dev.flota.engine.network.NetworkInfo.ConfigReference;
import dev.flota.engine.network.NetworkInfo.Ipam;
import dev.flota.engine.network.NetworkInfo.IpamConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The networks that each host has without being asked: {@code bridge}, {@code host}, {@code none}.
 * Their ids follow from their names, so that all hosts of a fleet mean the same by them.
 */
record PredefinedNetworks(NetworkInfo bridge, NetworkInfo host, NetworkInfo none) {

  /** The three, as Docker describes them. */
  static PredefinedNetworks of(Bridge settings, Instant created) {
    Map<String, String> options = new TreeMap<>();
    options.put("com.docker.network.bridge.default_bridge", "true");
    options.put("com.docker.network.bridge.enable_icc", "true");
    options.put("com.docker.network.bridge.enable_ip_masquerade", "true");
    options.put("com.docker.network.bridge.host_binding_ipv4", "0.0.0.0");
    options.put("com.docker.network.bridge.name", settings.device());
    options.put("com.docker.network.driver.mtu", String.valueOf(settings.mtu()));
    List<IpamConfig> subnet = List.of(new IpamConfig(settings.subnet(), settings.gateway()));
    return new PredefinedNetworks(
        network("bridge", "bridge", created, subnet, options),
        network("host", "host", created, null, Map.of()),
        network("none", "null", created, null, Map.of()));
  }

  private static NetworkInfo network(
      String name,
      String driver,
      Instant created,
      @Nullable List<IpamConfig> subnets,
      Map<String, String> options) {
    return new NetworkInfo(
        name,
        id(name),
        created,
        "local",
        driver,
        true,
        false,
        new Ipam("default", null, subnets),
        false,
        false,
        false,
        new ConfigReference(""),
        false,
        Map.of(),
        options,
        Map.of());
  }

  private static String id(String name) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] text = ("dev.flota/network/" + name).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(digest.digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  List<NetworkInfo> all() {
    return List.of(bridge, host, none);
  }

  /** By id, else by name, else by the beginning of an id: moby's order. */
  NetworkInfo find(String wanted) {
    for (NetworkInfo network : all()) {
      if (network.id().equals(wanted) || network.name().equals(wanted)) {
        return network;
      }
    }
    List<NetworkInfo> found =
        all().stream()
            .filter(network -> !wanted.isEmpty() && network.id().startsWith(wanted))
            .toList();
    if (found.size() > 1) {
      throw EngineException.invalid(
          "network %s is ambiguous (%d matches found based on ID prefix)"
              .formatted(wanted, found.size()));
    }
    return found.stream()
        .findFirst()
        .orElseThrow(() -> EngineException.notFound("network " + wanted + " not found"));
  }
}
