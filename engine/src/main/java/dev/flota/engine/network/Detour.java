package dev.flota.engine.network;

/**
 * A flow that left the fleet by a host where its container was once. The other end knows that
 * host's address, so it goes on by it.
 *
 * @param via the host's own address in the container's network
 */
public record Detour(Flow flow, Ipv4 via) {}
