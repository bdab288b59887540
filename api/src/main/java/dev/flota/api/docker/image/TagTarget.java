package dev.flota.api.docker.image;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.Reference;

/** The name that {@code POST /images/{name}/tag} is to give. */
final class TagTarget {
  private TagTarget() {}

  /**
   * Repository and tag as one name; without a tag it is {@code latest}.
   *
   * @throws EngineException INVALID
   */
  static Reference of(String repository, String tag) {
    Reference reference = Reference.parse(repository);
    if (reference.digest() != null) {
      throw EngineException.invalid("refusing to create a tag with a digest reference");
    }
    if (reference.familiarName().equals("sha256")) {
      throw EngineException.invalid(
          "refusing to create an ambiguous tag using digest algorithm as name");
    }
    return tag.isEmpty() ? reference.orLatest() : reference.withTag(tag);
  }
}
