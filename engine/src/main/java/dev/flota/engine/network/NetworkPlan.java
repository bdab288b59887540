package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a wish for a network leaves open, and refuses what cannot be, in moby's words
 * ({@code api/types/network/ipam.go}, {@code libnetwork}). Pure: whoever decides for many hosts
 * uses it too.
 */
public final class NetworkPlan {
  /** Docker's pools of subnets for networks that nobody chose one for. */
  private static final List<Pool> POOLS =
      List.of(
          pool("172.17.0.0/16", 16),
          pool("172.18.0.0/16", 16),
          pool("172.19.0.0/16", 16),
          pool("172.20.0.0/14", 16),
          pool("172.24.0.0/14", 16),
          pool("172.28.0.0/14", 16),
          pool("192.168.0.0/16", 20));

  /** Below are the numbers that people use by hand; Docker's own begin here too. */
  private static final int FIRST_VNI = 4097;

  private static final int LAST_VNI = (1 << 24) - 1;

  private NetworkPlan() {}

  private record Pool(Subnet all, int prefixLength) {
    Stream<Subnet> subnets() {
      int size = 1 << (Integer.SIZE - prefixLength);
      return IntStream.range(0, all.size() / size)
          .mapToObj(i -> new Subnet(all.at(i * size), prefixLength));
    }
  }

  private static Pool pool(String all, int prefixLength) {
    return new Pool(Subnet.parse(all), prefixLength);
  }

  /**
   * The wish with everything decided.
   *
   * @param existing all networks that there are
   * @param elsewhere what a subnet that nobody chose must keep clear of, such as the host's routes
   * @throws EngineException in Docker's words
   */
  public static NetworkDefinition complete(
      NetworkDefinition wish,
      Collection<NetworkDefinition> existing,
      Collection<Subnet> elsewhere) {
    return complete(wish, existing, elsewhere, vni(existing));
  }

  /**
   * The same for one who remembers which numbers networks had that are gone.
   *
   * @param vni number of the new network
   */
  public static NetworkDefinition complete(
      NetworkDefinition wish,
      Collection<NetworkDefinition> existing,
      Collection<Subnet> elsewhere,
      int vni) {
    if (wish.name().isBlank()) {
      throw EngineException.invalid("invalid name: name is empty");
    }
    String bridge = wish.bridge();
    for (NetworkDefinition other : existing) {
      refuseSameName(wish, other, bridge);
    }
    if (vni > LAST_VNI) {
      throw EngineException.system("all network numbers are given");
    }
    List<String> errors = NetworkCheck.of(wish);
    if (!errors.isEmpty()) {
      throw EngineException.invalid("invalid network config:\n" + Several.joined(errors));
    }
    Subnet subnet =
        wish.subnet() == null ? choose(existing, elsewhere) : chosen(wish.subnet(), existing);
    String gateway = wish.gateway();
    return new NetworkDefinition(
        wish.id(),
        wish.name(),
        wish.created(),
        wish.driver(),
        subnet.toString(),
        wish.subnet() != null,
        gateway == null ? firstFree(subnet, wish.auxiliary()).toString() : gateway,
        wish.ipRange(),
        wish.auxiliary(),
        wish.internal(),
        wish.attachable(),
        wish.options(),
        wish.labels(),
        vni);
  }

  private static void refuseSameName(
      NetworkDefinition wish, NetworkDefinition other, String bridge) {
    if (other.name().equals(wish.name())) {
      throw EngineException.conflict("network with name " + wish.name() + " already exists");
    }
    if (other.bridge().equals(bridge)) {
      throw new EngineException(
          ErrorKind.FORBIDDEN,
          "cannot create network %s (%s): conflicts with network %s (%s): networks have same bridge name"
              .formatted(wish.id(), bridge, other.id(), bridge));
    }
  }

  private static Subnet choose(
      Collection<NetworkDefinition> existing, Collection<Subnet> elsewhere) {
    List<Subnet> used = new ArrayList<>(elsewhere);
    existing.forEach(network -> used.add(network.network()));
    return POOLS.stream()
        .flatMap(Pool::subnets)
        .filter(subnet -> used.stream().noneMatch(subnet::overlaps))
        .findFirst()
        .orElseThrow(
            () ->
                EngineException.invalid("all predefined address pools have been fully subnetted"));
  }

  private static Subnet chosen(String text, Collection<NetworkDefinition> existing) {
    Subnet subnet = Subnet.parse(text);
    for (NetworkDefinition other : existing) {
      if (other.network().overlaps(subnet)) {
        throw new EngineException(
            ErrorKind.FORBIDDEN,
            "invalid pool request: Pool overlaps with other one on this address space");
      }
    }
    return subnet;
  }

  private static Ipv4 firstFree(Subnet subnet, Map<String, String> auxiliary) {
    return IntStream.range(1, subnet.size() - 1)
        .mapToObj(subnet::at)
        .filter(address -> !auxiliary.containsValue(address.toString()))
        .findFirst()
        .orElseThrow(() -> EngineException.invalid("no address of " + subnet + " is free"));
  }

  /** One above the highest, so that a host that was away does not meet a number's former owner. */
  private static int vni(Collection<NetworkDefinition> existing) {
    int highest = existing.stream().mapToInt(NetworkDefinition::vni).max().orElse(FIRST_VNI - 1);
    if (highest < LAST_VNI) {
      return Math.max(FIRST_VNI, highest + 1);
    }
    return IntStream.rangeClosed(FIRST_VNI, LAST_VNI)
        .filter(number -> existing.stream().noneMatch(network -> network.vni() == number))
        .findFirst()
        .orElseThrow(() -> EngineException.system("all network numbers are given"));
  }

  /** For a part of a subnet such as an IP range: CIDR form of any size. */
  static Optional<Block> block(@Nullable String text) {
    return Optional.ofNullable(text).flatMap(Block::parse);
  }
}
