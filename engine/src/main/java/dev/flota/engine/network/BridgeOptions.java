package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The options of Docker's bridge driver, as {@code network create -o} gives them. Those that are
 * not here are kept and change nothing, as in Docker.
 *
 * @param device name of the bridge
 * @param mtu in bytes
 * @param talking whether containers of the network reach each other ({@code enable_icc})
 * @param masquerade whether containers reach the world as the host
 * @param hostBinding address of the host that ports are published on unless the user names one
 * @param insidePrefix what names of interfaces inside begin with
 */
record BridgeOptions(
    Optional<String> device,
    OptionalInt mtu,
    boolean talking,
    boolean masquerade,
    Ipv4 hostBinding,
    String insidePrefix) {
  private static final String BRIDGE = "com.docker.network.bridge.";
  private static final String DEVICE = "[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}";
  private static final String PREFIX = "[a-zA-Z][a-zA-Z0-9_-]{0,10}";
  private static final int SMALLEST_MTU = 68;
  private static final int LARGEST_MTU = 65535;
  private static final Set<String> YES = Set.of("1", "t", "true");
  private static final Set<String> NO = Set.of("0", "f", "false");

  /**
   * Reads them.
   *
   * @throws EngineException INVALID for a value that makes no sense
   */
  static BridgeOptions of(Map<String, String> options) {
    for (String mode : Set.of(BRIDGE + "gateway_mode_ipv4", BRIDGE + "gateway_mode_ipv6")) {
      if (!options.getOrDefault(mode, "nat").equals("nat")) {
        throw EngineException.notImplemented(
            "%s=%s is not implemented: only nat is".formatted(mode, options.get(mode)));
      }
    }
    return new BridgeOptions(
        text(options, BRIDGE + "name", DEVICE),
        mtu(options, "com.docker.network.driver.mtu"),
        flag(options, BRIDGE + "enable_icc"),
        flag(options, BRIDGE + "enable_ip_masquerade"),
        address(options, BRIDGE + "host_binding_ipv4"),
        text(options, "com.docker.network.container_iface_prefix", PREFIX).orElse("eth"));
  }

  private static boolean flag(Map<String, String> options, String name) {
    String value = options.getOrDefault(name, "true").toLowerCase(Locale.ROOT);
    if (!YES.contains(value) && !NO.contains(value)) {
      throw invalid(options, name);
    }
    return YES.contains(value);
  }

  private static OptionalInt mtu(Map<String, String> options, String name) {
    String value = options.get(name);
    if (value == null || value.isEmpty() || value.equals("0")) {
      return OptionalInt.empty();
    }
    if (!value.matches("[0-9]{1,5}")) {
      throw invalid(options, name);
    }
    int mtu = Integer.parseInt(value);
    if (mtu < SMALLEST_MTU || mtu > LARGEST_MTU) {
      throw invalid(options, name);
    }
    return OptionalInt.of(mtu);
  }

  private static Ipv4 address(Map<String, String> options, String name) {
    String value = options.getOrDefault(name, "");
    return value.isEmpty() ? Ipv4.ANY : Ipv4.parse(value).orElseThrow(() -> invalid(options, name));
  }

  private static Optional<String> text(Map<String, String> options, String name, String pattern) {
    @Nullable String value = options.get(name);
    if (value == null || value.isEmpty()) {
      return Optional.empty();
    }
    if (!value.matches(pattern)) {
      throw invalid(options, name);
    }
    return Optional.of(value);
  }

  private static EngineException invalid(Map<String, String> options, String name) {
    return EngineException.invalid(
        "invalid value \"%s\" for the option %s".formatted(options.get(name), name));
  }
}
