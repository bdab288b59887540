package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is decided about one network, once for all hosts that have it. As JSON it is what is kept on
 * disk.
 *
 * <p>In a wish {@code subnet}, {@code gateway} may be {@code null} and {@code vni} is zero: {@link
 * NetworkPlan} fills them in.
 *
 * @param id 64 hex digits
 * @param name no other network has it
 * @param created when
 * @param driver {@code bridge} or {@code overlay}, which mean the same
 * @param subnet in CIDR form
 * @param subnetChosen whether the user chose it; only then may he choose addresses in it
 * @param gateway address of the gateway, the same on each host
 * @param ipRange part of the subnet that addresses are given from, {@code null} for all of it
 * @param auxiliary addresses by name that are never given
 * @param internal whether there is no way out of it and none in
 * @param attachable as asked; it changes nothing here
 * @param options of the driver, as asked
 * @param labels as asked
 * @param vni number of the virtual network between hosts, 1 to 16777215
 */
public record NetworkDefinition(
    String id,
    String name,
    Instant created,
    String driver,
    @Nullable String subnet,
    boolean subnetChosen,
    @Nullable String gateway,
    @Nullable String ipRange,
    Map<String, String> auxiliary,
    boolean internal,
    boolean attachable,
    Map<String, String> options,
    Map<String, String> labels,
    int vni) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int ID_BYTES = 32;

  /** Addresses that a user wishes for a network. */
  public record AddressWish(
      @Nullable String subnet,
      @Nullable String gateway,
      @Nullable String ipRange,
      Map<String, String> auxiliary) {
    /** Any. */
    public static final AddressWish ANY = new AddressWish(null, null, null, Map.of());
  }

  /** A wish for a network, under a new id. */
  public static NetworkDefinition wish(
      String name,
      String driver,
      AddressWish addresses,
      boolean internal,
      boolean attachable,
      Map<String, String> options,
      Map<String, String> labels) {
    return new NetworkDefinition(
        newId(),
        name,
        Instant.now(),
        driver,
        addresses.subnet(),
        addresses.subnet() != null,
        addresses.gateway(),
        addresses.ipRange(),
        addresses.auxiliary(),
        internal,
        attachable,
        options,
        labels,
        0);
  }

  /** 64 random hex digits, for a network or an endpoint. */
  static String newId() {
    byte[] id = new byte[ID_BYTES];
    RANDOM.nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  /** Its subnet, once it is decided. */
  public Subnet network() {
    if (subnet == null) {
      throw new IllegalStateException("the subnet of " + name + " is not decided");
    }
    return Subnet.parse(subnet);
  }

  /** Its gateway, once it is decided. */
  public Ipv4 gatewayAddress() {
    Subnet network = network();
    if (gateway == null) {
      throw new IllegalStateException("the gateway of " + name + " is not decided");
    }
    return Ipv4.parse(gateway)
        .filter(network::contains)
        .orElseThrow(
            () -> EngineException.invalid("the gateway " + gateway + " is not in " + subnet));
  }

  /** Where addresses come from that nobody chose, once its subnet is decided. */
  public Subnet range() {
    return NetworkPlan.block(ipRange).map(Block::subnet).orElseGet(this::network);
  }

  /** Name of its bridge on each host. */
  public String bridge() {
    return bridgeOptions().device().orElseGet(() -> "br-" + id.substring(0, 12));
  }

  BridgeOptions bridgeOptions() {
    return BridgeOptions.of(options);
  }
}
