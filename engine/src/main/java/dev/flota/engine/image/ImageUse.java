package dev.flota.engine.image;

import dev.flota.engine.spec.ContainerRecord;
import java.util.Collection;
import java.util.List;

/**
 * A container that was made from an image.
 *
 * @param containerId 64 hexadecimal digits
 * @param running whether it runs (or is paused), which no force overrides
 */
public record ImageUse(String containerId, boolean running) {

  /** The uses that {@code containers} make of an image. */
  public static List<ImageUse> of(String imageId, Collection<ContainerRecord> containers) {
    return containers.stream()
        .filter(each -> each.imageId().equals(imageId))
        .map(each -> new ImageUse(each.id(), each.state().status().alive()))
        .toList();
  }
}
