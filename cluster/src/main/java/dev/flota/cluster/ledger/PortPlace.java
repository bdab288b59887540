package dev.flota.cluster.ledger;

/**
 * A port of every host.
 *
 * @param hostIp IPv4; {@code 0.0.0.0} is every address
 */
public record PortPlace(String protocol, String hostIp, int port) {}
