package dev.flota.engine.image;

import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.Set;

/** Where layers can be had besides their registry: from other hosts. */
@FunctionalInterface
public interface LayerSource {
  /** Nowhere. */
  LayerSource NONE = (diffId, without) -> Optional.empty();

  /**
   * Begins to bring a layer; blocks until it comes or nobody is found who has it. After an empty
   * answer others may count on it that this host brings the layer from its registry.
   *
   * @param diffId of the uncompressed archive
   * @param without {@linkplain LayerStream#origin origins} that have failed already
   */
  Optional<LayerStream> open(Digest diffId, Set<String> without) throws InterruptedIOException;
}
