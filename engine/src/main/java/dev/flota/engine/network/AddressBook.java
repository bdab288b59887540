package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who has which address on which network: a pure decision, the same wherever it is repeated. Not
 * thread-safe.
 */
public final class AddressBook {
  private record Page(NetworkDefinition network, AddressPool pool, Map<String, Address> holders) {}

  private final Map<String, Page> pages = new HashMap<>();

  /** There is a network from now on. */
  public void open(NetworkDefinition network) {
    Subnet subnet = network.network();
    Set<Ipv4> reserved = new HashSet<>();
    reserved.add(network.gatewayAddress());
    network.auxiliary().values().forEach(text -> Ipv4.parse(text).ifPresent(reserved::add));
    pages.put(
        network.id(),
        new Page(network, new AddressPool(subnet, network.range(), reserved), new HashMap<>()));
  }

  /** A network is gone. */
  public void close(String networkId) {
    pages.remove(networkId);
  }

  /** Whether a container has an address on a network. */
  public boolean hasHolders(String networkId) {
    Page page = pages.get(networkId);
    return page != null && !page.holders().isEmpty();
  }

  /**
   * An address for a container; who has one keeps it.
   *
   * @param wishedIp {@code null} for any
   * @param wishedMac {@code null} for the one that follows from the address
   * @throws EngineException in Docker's words
   */
  public Address take(
      String networkId, String containerId, @Nullable String wishedIp, @Nullable String wishedMac) {
    Page page = pages.get(networkId);
    if (page == null) {
      throw EngineException.notFound("network " + networkId + " not found");
    }
    Address held = page.holders().get(containerId);
    if (held != null && (wishedIp == null || held.ip().equals(wishedIp))) {
      return held;
    }
    Ipv4 ip = wishedIp == null ? any(page) : exactly(page, wishedIp);
    giveBack(networkId, containerId);
    Address address =
        new Address(
            ip.toString(),
            wishedMac == null
                ? MacAddress.of(ip).toString()
                : MacAddress.parse(wishedMac).toString());
    page.holders().put(containerId, address);
    return address;
  }

  private static Ipv4 any(Page page) {
    return page.pool()
        .take()
        .orElseThrow(
            () ->
                EngineException.system(
                    "no available IPv4 addresses on this network's address pools: %s (%s)"
                        .formatted(page.network().name(), page.network().id())));
  }

  private static Ipv4 exactly(Page page, String wished) {
    Optional<Ipv4> ip = Ipv4.parse(wished);
    if (ip.isEmpty() || !page.network().network().contains(ip.get())) {
      throw EngineException.invalid(
          "Invalid address %s: It does not belong to any of this network's subnets"
              .formatted(wished));
    }
    if (!page.pool().take(ip.get())) {
      throw new EngineException(ErrorKind.FORBIDDEN, "Address already in use");
    }
    return ip.get();
  }

  /** Takes a container's address back; harmless when it has none. */
  public void giveBack(String networkId, String containerId) {
    Page page = pages.get(networkId);
    Address held = page == null ? null : page.holders().remove(containerId);
    if (page != null && held != null) {
      Ipv4.parse(held.ip()).ifPresent(page.pool()::giveBack);
    }
  }
}
