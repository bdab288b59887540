package dev.flota.api.fleet;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which host brings a layer from its registry, so that the others ask that one. Each layer has one
 * host that keeps its claim ({@link PeerLayers}). Claims are hints: who has one may have failed, or
 * have removed the layer since; then whoever finds it out claims the layer in its place.
 */
final class LayerClaims {
  private static final int KEPT = 10_000;

  private final Map<String, String> claims = new LinkedHashMap<>();

  /**
   * The host to ask for a layer.
   *
   * @param hostId who claims it
   * @param without hosts that do not give it
   * @return {@code hostId} itself if it is to bring the layer
   */
  synchronized String claim(String diffId, String hostId, Set<String> without) {
    String holder = claims.get(diffId);
    if (holder != null && !without.contains(holder)) {
      return holder;
    }
    claims.remove(diffId);
    claims.put(diffId, hostId);
    if (claims.size() > KEPT) {
      claims.remove(claims.keySet().iterator().next());
    }
    return hostId;
  }
}
