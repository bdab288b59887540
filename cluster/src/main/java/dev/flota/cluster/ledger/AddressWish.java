package dev.flota.cluster.ledger;

import org.jspecify.annotations.Nullable;

/**
 * A wish for a place in a network.
 *
 * @param address IPv4; {@code null}: any
 * @param mac Ethernet address; {@code null}: the one that follows from the address
 */
public record AddressWish(String networkId, @Nullable String address, @Nullable String mac) {
  /** Any place. */
  public static AddressWish any(String networkId) {
    return new AddressWish(networkId, null, null);
  }
}
