package dev.flota.api.docker.image;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.Reference;

/**
 * What {@code POST /images/create} is to bring.
 *
 * @param reference with a tag or digest, or without for all tags
 */
record PullRequest(Reference reference) {

  /**
   * Reads {@code fromImage} and {@code tag}, where the tag may also be a digest.
   *
   * @throws EngineException INVALID
   */
  static PullRequest of(String fromImage, String tag) {
    // "docker pull -a" of old clients sends the name with a colon and nothing behind it.
    String name =
        fromImage.endsWith(":") ? fromImage.substring(0, fromImage.length() - 1) : fromImage;
    Reference reference = Reference.parse(name);
    if (tag.isEmpty()) {
      return new PullRequest(reference);
    }
    return new PullRequest(tag.contains(":") ? reference.withDigest(tag) : reference.withTag(tag));
  }

  boolean allTags() {
    return reference.isNameOnly();
  }
}
