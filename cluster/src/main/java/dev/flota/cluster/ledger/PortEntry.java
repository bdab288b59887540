package dev.flota.cluster.ledger;

/** A published port: it is this container's on every host. */
public record PortEntry(String protocol, String hostIp, int port, String containerId) {}
