package dev.flota.engine.network;

/** Packets of one connection, or what stands for one, as a container sends them. */
public record Flow(Protocol protocol, Ipv4 from, int fromPort, Ipv4 to, int toPort) {}
