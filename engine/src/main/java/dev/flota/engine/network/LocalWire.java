package dev.flota.engine.network;

import java.util.Set;

/** There is no other host: the bridge itself is the gateway. */
public final class LocalWire implements Wire {
  private static final Wired ALONE = new Wired(Set.of(), null);

  @Override
  public Wired attach(NetworkDefinition network, String bridge, int mtu) {
    try (Links links = Links.open()) {
      links.address(links.index(bridge), network.gatewayAddress(), network.network());
    }
    return ALONE;
  }

  @Override
  public void detach(NetworkDefinition network, String bridge) {
    // The address goes with the bridge.
  }
}
