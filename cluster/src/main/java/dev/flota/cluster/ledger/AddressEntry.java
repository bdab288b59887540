package dev.flota.cluster.ledger;

/** A place in a network that is taken, by a container or a host. */
public record AddressEntry(String networkId, String ownerId, String address, String mac) {}
