package dev.flota.engine.image.store;

import dev.flota.engine.image.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** OCI image-spec 1.1, "Layer ChainID". */
public final class ChainId {
  private ChainId() {}

  /** The chain ids of layers given by their diff ids, lowest first. */
  public static List<Digest> of(List<Digest> diffIds) {
    List<Digest> chain = new ArrayList<>();
    for (Digest diffId : diffIds) {
      Digest next =
          chain.isEmpty()
              ? diffId
              : Digest.of((chain.getLast() + " " + diffId).getBytes(StandardCharsets.UTF_8));
      chain.add(next);
    }
    return chain;
  }
}
