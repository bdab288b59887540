package dev.flota.cluster.network;

import dev.flota.engine.network.LocalWire;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.network.OverlayWire;
import dev.flota.engine.network.Wire;
import dev.flota.engine.spec.EndpointRecord;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The wire of a host of a fleet: VXLAN while the fleet has other hosts; alone it is a host like any
 * other, and published ports see the client's address.
 */
final class FleetWire implements Wire {
  private final OverlayWire overlay;
  private final LocalWire local = new LocalWire();
  private final Predicate<NetworkDefinition> addressed;
  private final Set<String> joined = ConcurrentHashMap.newKeySet();
  private final Set<String> apart = ConcurrentHashMap.newKeySet();
  private volatile boolean shared;
  private volatile boolean asking;
  private volatile boolean moving;

  /**
   * Nothing is connected yet.
   *
   * @param addressed whether it is known without asking which address this host has in a network
   */
  FleetWire(OverlayWire overlay, Predicate<NetworkDefinition> addressed) {
    this.overlay = overlay;
    this.addressed = addressed;
  }

  /** Whether there are other hosts; counts for what is attached from now on. */
  void share(boolean withOthers) {
    shared = withOthers;
  }

  boolean shared() {
    return shared;
  }

  /** From now on the ledger may be asked for addresses; before, a start would wait for it. */
  void ask() {
    asking = true;
  }

  /** Whether all networks are connected as they should be. */
  boolean settled() {
    return shared ? apart.isEmpty() : joined.isEmpty();
  }

  /** While all networks are attached anew: those that stay as they are are left in peace. */
  void moving(boolean now) {
    moving = now;
  }

  @Override
  public Wired attach(NetworkDefinition network, String bridge, int mtu) {
    if (shared && (asking || addressed.test(network))) {
      Wired wired = overlay.attach(network, bridge, mtu);
      joined.add(network.id());
      return wired;
    }
    Wired wired = local.attach(network, bridge, mtu);
    apart.add(network.id());
    return wired;
  }

  @Override
  public void detach(NetworkDefinition network, String bridge) {
    boolean stays = moving && shared && joined.contains(network.id());
    apart.remove(network.id());
    if (!stays && joined.remove(network.id())) {
      overlay.detach(network, bridge);
    }
  }

  @Override
  public void forget(EndpointRecord endpoint) {
    if (joined.contains(endpoint.networkId())) {
      overlay.forget(endpoint);
    }
  }

  @Override
  public void sendNowhere(EndpointRecord endpoint) {
    if (joined.contains(endpoint.networkId())) {
      overlay.sendNowhere(endpoint);
    }
  }

  @Override
  public void announce(EndpointRecord endpoint) {
    if (joined.contains(endpoint.networkId())) {
      overlay.announce(endpoint);
    }
  }
}
