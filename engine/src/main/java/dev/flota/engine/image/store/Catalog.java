package dev.flota.engine.image.store;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.flota.engine.image.Reference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All images and their names: the content of {@code catalog.json}. Immutable; one file, so that no
 * crash can leave a name without its image.
 *
 * @param schemaVersion of the file, 1
 * @param images by id
 * @param references image ids by full names, {@code docker.io/library/alpine:latest} or {@code
 *     docker.io/library/alpine@sha256:…}
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Catalog(
    int schemaVersion,
    SortedMap<String, ImageRecord> images,
    SortedMap<String, String> references) {
  static final Catalog EMPTY = new Catalog(1, new TreeMap<>(), new TreeMap<>());

  /** An image that is there for users. */
  public @Nullable ImageRecord image(String id) {
    ImageRecord image = images.get(id);
    return image == null || image.detached() ? null : image;
  }

  /** Image id of a name; a digest counts more than a tag, and no tag means {@code latest}. */
  public @Nullable String idOf(Reference reference) {
    String digest = reference.digest();
    Reference key = digest == null ? reference.orLatest() : reference.withDigest(digest);
    return references.get(key.toString());
  }

  /** All names of an image, sorted. */
  public List<Reference> referencesTo(String id) {
    return references.entrySet().stream()
        .filter(each -> each.getValue().equals(id))
        .map(each -> Reference.parse(each.getKey()))
        .toList();
  }

  /** Ids of the images for users that begin with {@code hex}. */
  public List<String> startingWith(String hex) {
    List<String> ids = new ArrayList<>();
    for (String id : images.tailMap("sha256:" + hex).keySet()) {
      if (!id.startsWith("sha256:" + hex)) {
        break;
      }
      if (image(id) != null) {
        ids.add(id);
      }
    }
    return ids;
  }

  /** With one more image, or another record of it. */
  public Catalog withImage(ImageRecord image) {
    SortedMap<String, ImageRecord> more = new TreeMap<>(images);
    more.put(image.id(), image);
    return new Catalog(schemaVersion, more, references);
  }

  /** With a name pointing to an image, which may have pointed elsewhere. */
  public Catalog withReference(Reference reference, String id, String time) {
    ImageRecord image = images.get(id);
    SortedMap<String, String> more = new TreeMap<>(references);
    more.put(reference.toString(), id);
    Catalog next = new Catalog(schemaVersion, images, more);
    return image == null ? next : next.withImage(image.taggedAt(time));
  }

  /** Without a name. */
  public Catalog withoutReference(Reference reference) {
    SortedMap<String, String> fewer = new TreeMap<>(references);
    fewer.remove(reference.toString());
    return new Catalog(schemaVersion, images, fewer);
  }

  /** Without an image and its names. */
  public Catalog withoutImage(String id) {
    SortedMap<String, ImageRecord> fewer = new TreeMap<>(images);
    fewer.remove(id);
    return new Catalog(schemaVersion, fewer, referencesWithout(id));
  }

  /** With an image gone for users, its layers kept. */
  public Catalog withDetached(String id) {
    ImageRecord image = images.get(id);
    if (image == null) {
      return this;
    }
    return new Catalog(schemaVersion, withImage(image.detach()).images, referencesWithout(id));
  }

  /** Chain ids of all images' layers. */
  public Set<String> layers() {
    Set<String> layers = new HashSet<>();
    images.values().forEach(each -> layers.addAll(each.layers()));
    return layers;
  }

  private SortedMap<String, String> referencesWithout(String id) {
    SortedMap<String, String> fewer = new TreeMap<>();
    for (Map.Entry<String, String> each : references.entrySet()) {
      if (!each.getValue().equals(id)) {
        fewer.put(each.getKey(), each.getValue());
      }
    }
    return fewer;
  }
}
