package dev.flota.engine.network;

import dev.flota.engine.EngineSettings.Bridge;
import dev.flota.engine.network.NetworkInfo.ConfigReference;
import dev.flota.engine.network.NetworkInfo.Ipam;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The networks that each host has without being asked: {@code bridge}, {@code host}, {@code none}.
 * Their ids follow from their names, so that all hosts of a fleet mean the same by them.
 */
public record PredefinedNetworks(NetworkInfo bridge, NetworkInfo host, NetworkInfo none) {
  private static final Set<String> NAMES = Set.of("bridge", "host", "none", "default");

  /** Between hosts the default network has the number before those of other networks. */
  private static final int DEFAULT_VNI = 4096;

  /** Whether a name is one of theirs, so that no user's network can have it. */
  static boolean isPredefined(String name) {
    return NAMES.contains(name);
  }

  /** The network of containers that ask for none. */
  public static NetworkDefinition defaultNetwork(Bridge settings, Instant created) {
    Map<String, String> options = new TreeMap<>();
    options.put("com.docker.network.bridge.default_bridge", "true");
    options.put("com.docker.network.bridge.enable_icc", "true");
    options.put("com.docker.network.bridge.enable_ip_masquerade", "true");
    options.put("com.docker.network.bridge.host_binding_ipv4", "0.0.0.0");
    options.put("com.docker.network.bridge.name", settings.device());
    options.put("com.docker.network.driver.mtu", String.valueOf(settings.mtu()));
    NetworkDefinition network =
        new NetworkDefinition(
            id("bridge"),
            "bridge",
            created,
            "bridge",
            settings.subnet(),
            true,
            settings.gateway(),
            null,
            Map.of(),
            false,
            false,
            options,
            Map.of(),
            DEFAULT_VNI);
    network.gatewayAddress(); // refuses settings that contradict themselves
    return network;
  }

  /** The three, as Docker describes them. */
  static PredefinedNetworks of(NetworkDefinition defaultNetwork) {
    Instant created = defaultNetwork.created();
    return new PredefinedNetworks(
        NetworkInfo.of(defaultNetwork, null),
        network("host", "host", created),
        network("none", "null", created));
  }

  private static NetworkInfo network(String name, String driver, Instant created) {
    return new NetworkInfo(
        name,
        id(name),
        created,
        "local",
        driver,
        true,
        false,
        new Ipam("default", null, null),
        false,
        false,
        false,
        new ConfigReference(""),
        false,
        Map.of(),
        Map.of(),
        Map.of());
  }

  /** The id of a predefined network. */
  public static String id(String name) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] text = ("dev.flota/network/" + name).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(digest.digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
