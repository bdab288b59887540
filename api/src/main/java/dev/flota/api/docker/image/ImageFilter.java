package dev.flota.api.docker.image;

import dev.flota.api.docker.Filters;
import dev.flota.api.docker.PruneFilter;
import dev.flota.engine.image.Image;
import dev.flota.engine.image.Reference;
import dev.flota.engine.spec.ContainerConfig;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which images {@code GET /images/json} shows. */
final class ImageFilter {
  private static final Set<String> NAMES =
      Set.of("before", "dangling", "label", "label!", "reference", "since", "until");

  private final Filters filters;
  private final PruneFilter ageAndLabels;

  private ImageFilter(Filters filters, Instant now) {
    this.filters = filters;
    ageAndLabels = PruneFilter.of(filters, now);
  }

  static ImageFilter of(Filters filters, Instant now) {
    return new ImageFilter(filters.allowing(NAMES), now);
  }

  /** Names of images that {@code before} and {@code since} compare with. */
  List<String> comparedWith() {
    return java.util.stream.Stream.concat(
            filters.all("before").stream(), filters.all("since").stream())
        .toList();
  }

  /**
   * Those of the images that are asked for, with those of their names that are asked for.
   *
   * @param compared the images of {@link #comparedWith}
   */
  List<Image> apply(List<Image> images, Function<String, Image> compared) {
    Instant before = limit("before", compared);
    Instant since = limit("since", compared);
    return images.stream()
        .filter(image -> fits(image, before, since))
        .map(this::withWantedNames)
        .filter(image -> !filters.has("reference") || hasNames(image))
        .toList();
  }

  private @Nullable Instant limit(String name, Function<String, Image> compared) {
    Instant limit = null;
    for (String reference : filters.all(name)) {
      limit = created(compared.apply(reference));
    }
    return limit;
  }

  private boolean fits(Image image, @Nullable Instant before, @Nullable Instant since) {
    Instant created = created(image);
    ContainerConfig config = image.config().config();
    return (!filters.has("dangling") || filters.flag("dangling", false) == image.tags().isEmpty())
        && (before == null || created.isBefore(before))
        && (since == null || created.isAfter(since))
        && ageAndLabels.fits(created, config == null ? Map.of() : config.labels());
  }

  static Instant created(Image image) {
    Instant created = image.config().created();
    return created == null ? Instant.EPOCH : created;
  }

  private static boolean hasNames(Image image) {
    return !image.tags().isEmpty() || !image.repoDigests().isEmpty();
  }

  private Image withWantedNames(Image image) {
    if (!filters.has("reference")) {
      return image;
    }
    return new Image(
        image.id(),
        image.config(),
        image.tags().stream().filter(this::isWanted).toList(),
        image.repoDigests().stream().filter(this::isWanted).toList(),
        image.size(),
        image.sharedSize(),
        image.lastTagged());
  }

  private boolean isWanted(String name) {
    String repository = Reference.parse(name).familiarName();
    return filters.any(
        "reference",
        pattern -> GlobPattern.matches(pattern, name) || GlobPattern.matches(pattern, repository));
  }
}
