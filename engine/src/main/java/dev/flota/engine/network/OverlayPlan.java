package dev.flota.engine.network;

import dev.flota.engine.EngineException;

/**
 * What one network needs on one host to span the fleet.
 *
 * @param bridge the network's bridge device
 * @param vni the VXLAN network identifier, 1 to 2²⁴−1, the same on all hosts; nobody else's
 * @param gateway the containers' gateway, the same on all hosts
 * @param host this host's own address in the network, nobody else's in the fleet
 * @param underlay this host's address between the hosts
 * @param port the UDP port of VXLAN, the same on all hosts; 4789 by RFC 7348
 * @param mtu of the network in bytes: the underlay's less {@link #OVERHEAD}
 */
record OverlayPlan(
    String bridge,
    int vni,
    Subnet subnet,
    Ipv4 gateway,
    Ipv4 host,
    Ipv4 underlay,
    int port,
    int mtu) {
  /** Bytes that VXLAN over IPv4 adds to a packet: IP 20, UDP 8, VXLAN 8, Ethernet 14. */
  static final int OVERHEAD = 50;

  /** VXLAN's own, given by IANA. */
  static final int DEFAULT_PORT = 4789;

  /** How the devices that {@link #device} names begin; nothing else on a host may. */
  static final String DEVICE_PREFIX = "vx-";

  private static final int LARGEST_VNI = (1 << 24) - 1;

  OverlayPlan {
    if (vni < 1 || vni > LARGEST_VNI) {
      throw new IllegalArgumentException("VNI " + vni);
    }
    if (!subnet.contains(gateway) || !subnet.contains(host) || gateway.equals(host)) {
      throw EngineException.invalid(
          "the gateway %s and the host's address %s must be two addresses of %s"
              .formatted(gateway, host, subnet));
    }
  }

  /** The VXLAN device, at most eleven characters. */
  String device() {
    return device(vni);
  }

  /** That of a network. */
  static String device(int vni) {
    return DEVICE_PREFIX + vni;
  }

  /** The same on all hosts, so that a container keeps its neighbour entry when it moves. */
  MacAddress gatewayMac() {
    return MacAddress.of(gateway);
  }

  /** The bridge's own, nobody else's in the fleet. */
  MacAddress hostMac() {
    return MacAddress.of(host);
  }
}
