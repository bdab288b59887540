package dev.flota.cluster.ledger;

import dev.flota.engine.EngineException;
import java.util.Collection;
import java.util.Optional;
import org.pcollections.TreePMap;

/** What references mean, by reference. */
public record ImageBook(TreePMap<String, ImageEntry> entries) {
  static final ImageBook EMPTY = new ImageBook(TreePMap.empty());

  /** All, by reference. */
  public Collection<ImageEntry> all() {
    return entries.values();
  }

  /** What a full reference means. */
  public Optional<ImageEntry> byReference(String reference) {
    return Optional.ofNullable(entries.get(reference));
  }

  ImageBook tag(ImageEntry image) {
    return new ImageBook(entries.plus(image.reference(), image));
  }

  ImageBook untag(String reference) {
    if (!entries.containsKey(reference)) {
      throw EngineException.notFound("No such image: " + reference);
    }
    return new ImageBook(entries.minus(reference));
  }
}
