package dev.flota.cluster.directory;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.Image;
import dev.flota.engine.image.Reference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** The images of all hosts, seen as one set. Hosts are asked in the order of their ids. */
public final class FleetImages {
  private static final String ID = "sha256:";
  private static final String HEX = "[0-9a-f]{4,64}";

  private final Map<String, List<Image>> byHost;

  /** What the hosts have told; lost ones are left out by the caller. */
  public FleetImages(Map<String, List<Image>> byHost) {
    this.byHost = new TreeMap<>(byHost);
  }

  /** Each image once, with the names that any host has for it. */
  public List<Image> all() {
    Map<String, Image> all = new LinkedHashMap<>();
    byHost.values().stream()
        .flatMap(Collection::stream)
        .forEach(image -> all.merge(image.id(), image, FleetImages::merged));
    return List.copyOf(all.values());
  }

  /** Ids of the hosts that have an image, whatever they call it. */
  public List<String> hostsWith(String imageId) {
    return byHost.entrySet().stream()
        .filter(host -> host.getValue().stream().anyMatch(image -> image.id().equals(imageId)))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static Image merged(Image one, Image other) {
    return new Image(
        one.id(),
        one.config(),
        union(one.tags(), other.tags()),
        union(one.repoDigests(), other.repoDigests()),
        one.size(),
        Math.max(one.sharedSize(), other.sharedSize()),
        latest(one, other).lastTagged());
  }

  private static Image latest(Image one, Image other) {
    Comparator<Image> byTag =
        Comparator.comparing(
            Image::lastTagged, Comparator.nullsFirst(Comparator.<String>naturalOrder()));
    return byTag.compare(one, other) < 0 ? other : one;
  }

  private static List<String> union(List<String> one, List<String> other) {
    TreeSet<String> all = new TreeSet<>(one);
    all.addAll(other);
    return List.copyOf(all);
  }

  /** The image under a name, id or beginning of an id. */
  public Optional<Image> find(String reference) {
    return holders(reference).values().stream().findFirst();
  }

  /** The hosts that have it, with what they call it. */
  public Map<String, Image> holders(String reference) {
    Map<String, Image> holders = new TreeMap<>();
    List<String> names = names(reference);
    byHost.forEach(
        (host, images) ->
            images.stream()
                .filter(image -> isMeant(image, reference, names))
                .findFirst()
                .ifPresent(image -> holders.put(host, image)));
    return holders;
  }

  private static boolean isMeant(Image image, String reference, List<String> names) {
    return image.id().equals(reference)
        || (reference.matches(HEX) && image.id().startsWith(ID + reference))
        || (reference.startsWith(ID) && image.id().startsWith(reference))
        || names.stream()
            .anyMatch(name -> image.tags().contains(name) || image.repoDigests().contains(name));
  }

  /** What is no reference is an id. */
  private static List<String> names(String reference) {
    List<String> names = new ArrayList<>(List.of(reference));
    try {
      names.add(Reference.parse(reference).orLatest().familiar());
    } catch (EngineException e) {
      return names;
    }
    return names;
  }
}
