package dev.flota.engine.network;

import dev.flota.engine.spec.EndpointRecord;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** By which of its networks a container reaches the world. */
final class Gateways {
  private static final Comparator<EndpointRecord> ORDER =
      Comparator.comparingInt(EndpointRecord::priority)
          .reversed()
          .thenComparing(EndpointRecord::network);

  private Gateways() {}

  /** The one of highest priority, of equals the first by name; an internal network is none. */
  static Optional<EndpointRecord> of(Collection<EndpointRecord> endpoints) {
    return endpoints.stream()
        .filter(endpoint -> endpoint.gateway() != null && !endpoint.internal())
        .min(ORDER);
  }
}
