package dev.flota.engine.network;

/** A published port in force: what arrives at {@code from} goes to the container. */
public record Forward(HostPort from, Ipv4 container, int containerPort) {}
