package dev.flota.engine.image.manifest;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image's manifest (OCI image-spec 1.1 "Image Manifest"; Docker's version 2 schema 2 has the
 * same form).
 *
 * @param layers compressed layers, lowest first
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Manifest(
    int schemaVersion, @Nullable String mediaType, Descriptor config, List<Descriptor> layers) {

  /** Fills in what a stranger left out: no layers, and a configuration that has no digest. */
  public Manifest {
    config = orNothing(config);
    layers = orNone(layers).stream().map(Manifest::orNothing).toList();
  }

  private static Descriptor orNothing(@Nullable Descriptor descriptor) {
    return descriptor == null ? Descriptor.of("", "", -1) : descriptor;
  }

  private static List<@Nullable Descriptor> orNone(@Nullable List<@Nullable Descriptor> list) {
    return list == null ? List.of() : list;
  }

  /** Whether everything has a size that can be. */
  public boolean isPlausible() {
    return config.size() >= 0 && layers.stream().allMatch(each -> each.size() >= 0);
  }
}
