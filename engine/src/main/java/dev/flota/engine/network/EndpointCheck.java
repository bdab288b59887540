package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import dev.flota.engine.spec.NetworkingConfig.IpamWish;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a network can give what is asked of it; moby's {@code validateEndpointSettings}. */
final class EndpointCheck {
  private EndpointCheck() {}

  /**
   * Checks a wish.
   *
   * @param definition {@code null} for {@code host} and {@code none}
   * @throws EngineException INVALID in Docker's words
   */
  static void check(
      NetworkInfo network, @Nullable NetworkDefinition definition, EndpointWish wish) {
    List<String> errors = new ArrayList<>();
    String ipv4 = Optional.ofNullable(wish.ipamConfig()).map(IpamWish::ipv4Address).orElse("");
    String ipv6 = Optional.ofNullable(wish.ipamConfig()).map(IpamWish::ipv6Address).orElse("");
    boolean addressed = !ipv4.isEmpty() || !ipv6.isEmpty();
    if (network.predefined()) {
      if (addressed) {
        errors.add("user specified IP address is supported on user defined networks only");
      }
      if (wish.aliases() != null && !wish.aliases().isEmpty()) {
        errors.add(
            "network-scoped alias is supported only for containers in user defined networks");
      }
    } else if (definition != null && addressed) {
      addresses(definition, ipv4, ipv6, errors);
    }
    if (!errors.isEmpty()) {
      throw EngineException.invalid("invalid endpoint settings:\n" + Several.joined(errors));
    }
    if (wish.macAddress() != null && !wish.macAddress().isEmpty()) {
      MacAddress.parse(wish.macAddress());
    }
  }

  private static void addresses(
      NetworkDefinition network, String ipv4, String ipv6, List<String> errors) {
    Optional<Ipv4> address = Ipv4.parse(ipv4);
    if (!ipv4.isEmpty() && address.isEmpty()) {
      errors.add("invalid IPv4 address: " + ipv4);
    }
    if (!ipv6.isEmpty() && !Ipv6Text.isAddress(ipv6)) {
      errors.add("invalid IPv6 address: " + ipv6);
    }
    if (!network.subnetChosen() || !ipv6.isEmpty()) {
      errors.add(
          "user specified IP address is supported only when connecting to networks with user"
              + " configured subnets");
    } else if (address.isPresent() && !network.network().contains(address.get())) {
      errors.add("no configured subnet or ip-range contain the IP address " + ipv4);
    }
  }
}
