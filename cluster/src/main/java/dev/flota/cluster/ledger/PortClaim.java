package dev.flota.cluster.ledger;

/**
 * A wish to publish a port.
 *
 * @param protocol {@code tcp}, {@code udp} or {@code sctp}
 * @param hostIp IPv4; {@code 0.0.0.0} is every address
 * @param first port, of which the first free one up to {@code last} is taken; both 0: any port
 */
public record PortClaim(String protocol, String hostIp, int first, int last) {
  boolean any() {
    return last == 0;
  }

  boolean single() {
    return first == last && !any();
  }
}
