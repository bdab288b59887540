package dev.flota.cluster.membership;

/**
 * Travels between hosts as CBOR. A field that is added must be nullable or have a default, and none
 * is taken away before every host of a fleet can do without it: two adjacent versions run together
 * while a fleet is upgraded.
 */
public interface FleetMessage {}
