package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Which network somebody means. */
final class NetworkLookup {
  private NetworkLookup() {}

  /**
   * By id, else by name, else by the beginning of an id: moby's order.
   *
   * @throws EngineException {@code network foo not found}
   */
  static NetworkInfo find(Collection<NetworkInfo> all, String wanted) {
    return first(all, network -> network.id().equals(wanted))
        .or(() -> first(all, network -> network.name().equals(wanted)))
        .orElseGet(() -> byBeginning(all, wanted));
  }

  private static Optional<NetworkInfo> first(
      Collection<NetworkInfo> all, Predicate<NetworkInfo> condition) {
    return all.stream().filter(condition).findFirst();
  }

  private static NetworkInfo byBeginning(Collection<NetworkInfo> all, String wanted) {
    List<NetworkInfo> found =
        all.stream()
            .filter(network -> !wanted.isEmpty() && network.id().startsWith(wanted))
            .toList();
    if (found.size() > 1) {
      throw EngineException.invalid(
          "network %s is ambiguous (%d matches found based on ID prefix)"
              .formatted(wanted, found.size()));
    }
    return found.stream()
        .findFirst()
        .orElseThrow(() -> EngineException.notFound("network " + wanted + " not found"));
  }
}
