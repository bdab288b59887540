package dev.flota.engine.network;

/**
 * What a container keeps on one network for life.
 *
 * @param ip IPv4, dotted decimal
 * @param mac six lower-case hex bytes with colons
 */
public record Address(String ip, String mac) {}
