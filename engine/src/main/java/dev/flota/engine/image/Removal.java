package dev.flota.engine.image;

/** One effect of removing an image: an element of {@code ImageDeleteResponseItem}. */
public sealed interface Removal {

  /** A name no longer points to the image. */
  record Untagged(String name) implements Removal {}

  /** An image or a layer is gone; {@code sha256:…}. */
  record Deleted(String digest) implements Removal {}
}
