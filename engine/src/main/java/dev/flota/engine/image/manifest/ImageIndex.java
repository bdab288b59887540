package dev.flota.engine.image.manifest;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.flota.engine.image.Platform;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A list of manifests (OCI image-spec 1.1 "Image Index"; Docker's manifest list). */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ImageIndex(
    int schemaVersion, @Nullable String mediaType, List<Descriptor> manifests) {

  /** Fills in what a stranger left out. */
  public ImageIndex {
    manifests = orNone(manifests);
  }

  private static List<Descriptor> orNone(@Nullable List<@Nullable Descriptor> list) {
    return list == null ? List.of() : list.stream().filter(Objects::nonNull).toList();
  }

  /** The manifest that suits {@code platform} best; of equals the first. */
  public Optional<Descriptor> choose(Platform platform) {
    return manifests.stream()
        .filter(each -> preference(platform, each) >= 0)
        .max(Comparator.comparingInt(each -> preference(platform, each)))
        .flatMap(best -> firstLike(platform, best));
  }

  private Optional<Descriptor> firstLike(Platform platform, Descriptor best) {
    int wanted = preference(platform, best);
    return manifests.stream().filter(each -> preference(platform, each) == wanted).findFirst();
  }

  private static int preference(Platform platform, Descriptor descriptor) {
    Descriptor.OfferedPlatform offered = descriptor.platform();
    return offered == null
        ? -1
        : platform.preference(
            Platform.normal(offered.os(), offered.architecture(), offered.variant()));
  }
}
