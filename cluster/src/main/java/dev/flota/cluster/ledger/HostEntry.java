package dev.flota.cluster.ledger;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A member of the fleet.
 *
 * @param id 64 hex digits, for life
 * @param address in the network between the hosts, an IPv4 address
 * @param fingerprint of its certificate's key
 */
public record HostEntry(
    String id,
    String name,
    String address,
    String fingerprint,
    Map<String, String> labels,
    Availability availability) {

  /** Whether a host takes containers. */
  public enum Availability {
    /** It does. */
    ACTIVE,
    /** It is to become empty. */
    DRAIN
  }

  HostEntry with(
      @Nullable String newAddress,
      @Nullable Availability newAvailability,
      @Nullable Map<String, String> newLabels) {
    return new HostEntry(
        id,
        name,
        newAddress == null ? address : newAddress,
        fingerprint,
        newLabels == null ? labels : newLabels,
        newAvailability == null ? availability : newAvailability);
  }
}
