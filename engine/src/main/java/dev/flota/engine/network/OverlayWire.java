package dev.flota.engine.network;

import dev.flota.engine.spec.EndpointRecord;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Connects the networks of this host with those of the fleet's other hosts. Thread-safe; all
 * methods act in the network namespace of the calling thread.
 *
 * <p>VXLAN asks nobody who he is. So packets for it are taken from {@link #peers} only, and from
 * containers never ({@link OverlayRules}): else one could reach into every network.
 */
public final class OverlayWire implements Wire, AutoCloseable {
  private static final String NO_FILTER =
      """
      add table ip flota-overlay
      delete table ip flota-overlay
      """;

  private final Ipv4 underlay;
  private final int port;
  private final Function<NetworkDefinition, Ipv4> hostAddresses;
  private final Nftables firewall = new Nftables();
  private final OverlayRules rules = new OverlayRules(firewall);
  private final Map<String, Overlay> overlays = new HashMap<>();
  private Set<Ipv4> peers = Set.of();

  /**
   * Nothing is changed yet.
   *
   * @param underlay this host's address between the hosts
   * @param port the UDP port of VXLAN, the same on all hosts
   * @param hostAddresses this host's own address in a network: in the subnet, nobody else's in the
   *     fleet, and the same for as long as the host has the network
   */
  public OverlayWire(Ipv4 underlay, int port, Function<NetworkDefinition, Ipv4> hostAddresses) {
    this.underlay = underlay;
    this.port = port;
    this.hostAddresses = hostAddresses;
  }

  /**
   * When the daemon starts, before any network is attached: the networks that this host goes on
   * with keep working until they are, and what is left of others is removed.
   *
   * @param mtu in bytes
   */
  public synchronized void restore(Collection<NetworkDefinition> living, int mtu) {
    List<OverlayPlan> plans =
        living.stream().map(network -> plan(network, network.bridge(), mtu)).toList();
    rules.restore(plans);
    Set<Integer> numbers = plans.stream().map(OverlayPlan::vni).collect(Collectors.toSet());
    Overlay.removeOthers(numbers::contains);
  }

  private OverlayPlan plan(NetworkDefinition network, String bridge, int mtu) {
    return new OverlayPlan(
        bridge,
        network.vni(),
        network.network(),
        network.gatewayAddress(),
        hostAddresses.apply(network),
        underlay,
        port,
        mtu);
  }

  @Override
  public synchronized Wired attach(NetworkDefinition network, String bridge, int mtu) {
    OverlayPlan plan = plan(network, bridge, mtu);
    firewall.apply(filter());
    Overlay overlay = Overlay.open(plan, rules);
    overlays.put(network.id(), overlay);
    overlay.peers(peers);
    return new Wired(Set.of(), plan.host());
  }

  @Override
  public synchronized void detach(NetworkDefinition network, String bridge) {
    Overlay overlay = overlays.remove(network.id());
    if (overlay != null) {
      overlay.standAlone();
      if (overlays.isEmpty()) {
        firewall.apply(NO_FILTER);
      }
    }
  }

  /**
   * Makes these the other hosts, for all networks: a host that does not have a network drops what
   * it gets of it. To be called before the first network is attached, and whenever one comes or
   * goes.
   *
   * @param underlayAddresses of the other hosts
   */
  public synchronized void peers(Set<Ipv4> underlayAddresses) {
    peers = Set.copyOf(underlayAddresses);
    if (!overlays.isEmpty()) {
      firewall.apply(filter());
      overlays.values().forEach(overlay -> overlay.peers(peers));
    }
  }

  @Override
  public synchronized void forget(EndpointRecord endpoint) {
    ifAttached(endpoint, (overlay, address, mac) -> overlay.forget(mac));
  }

  @Override
  public synchronized void sendNowhere(EndpointRecord endpoint) {
    ifAttached(endpoint, (overlay, address, mac) -> overlay.sendNowhere(mac));
  }

  /**
   * Tells all hosts at once that a container has started or arrived here; see {@link
   * Overlay#announce}. Nothing for an endpoint without an address, or on a network not attached.
   */
  @Override
  public synchronized void announce(EndpointRecord endpoint) {
    ifAttached(endpoint, Overlay::announce);
  }

  private interface OfContainer {
    void run(Overlay overlay, Ipv4 address, MacAddress mac);
  }

  private void ifAttached(EndpointRecord endpoint, OfContainer action) {
    Overlay overlay = overlays.get(endpoint.networkId());
    String text = endpoint.address();
    if (overlay != null && text != null) {
      Ipv4 address = Ipv4.parse(text).orElseThrow();
      action.run(overlay, address, MacAddress.of(address, endpoint.mac()));
    }
  }

  private String filter() {
    String elements = peers.stream().map(Ipv4::toString).sorted().collect(Collectors.joining(", "));
    return NO_FILTER
        + """
        table ip flota-overlay {
          set peers { type ipv4_addr;%s }
          chain prerouting {
            type filter hook prerouting priority -300; policy accept;
            udp dport %d ip saddr != @peers drop
          }
        }
        """
            .formatted(elements.isEmpty() ? "" : " elements = { " + elements + " };", port);
  }

  /** Ends the daemon's part; the networks work on. */
  @Override
  public void close() {
    firewall.close();
  }
}
