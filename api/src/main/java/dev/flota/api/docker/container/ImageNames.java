package dev.flota.api.docker.container;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.Image;
import dev.flota.engine.image.Reference;
import dev.flota.engine.spec.ContainerRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the images of one moment are called; looks each name up once. */
public final class ImageNames {
  private final List<Image> images;
  private final Map<String, String> idByName = new HashMap<>();
  private final Map<String, Image> imageById = new HashMap<>();
  private final Map<String, Optional<String>> resolved = new HashMap<>();

  /** Names as they are in this list. */
  public ImageNames(List<Image> images) {
    this.images = images;
    for (Image image : images) {
      imageById.put(image.id(), image);
      image.tags().forEach(tag -> idByName.put(tag, image.id()));
      image.repoDigests().forEach(digest -> idByName.put(digest, image.id()));
    }
  }

  /** The name the container was made by, or the image's id if the name means another image now. */
  String shownFor(ContainerRecord container) {
    boolean unchanged =
        idOf(container.image()).filter(id -> id.equals(container.imageId())).isPresent();
    return unchanged ? container.image() : container.imageId();
  }

  /** The id of the image under a name, id or beginning of an id. */
  Optional<String> idOf(String name) {
    return resolved.computeIfAbsent(name, this::resolve);
  }

  /** Bytes of the image's layers, 0 when it is gone. */
  long size(String id) {
    Image image = imageById.get(id);
    return image == null ? 0 : image.size();
  }

  private Optional<String> resolve(String name) {
    String digest = name.startsWith("sha256:") ? name : "sha256:" + name;
    if (imageById.containsKey(digest)) {
      return Optional.of(digest);
    }
    try {
      String id = idByName.get(Reference.parse(name).orLatest().familiar());
      if (id != null) {
        return Optional.of(id);
      }
    } catch (EngineException e) {
      return Optional.empty();
    }
    return images.stream().map(Image::id).filter(id -> id.startsWith(digest)).findFirst();
  }
}
