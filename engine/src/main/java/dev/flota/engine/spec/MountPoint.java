package dev.flota.engine.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One mount of a container, resolved: {@code MountPoint} of the Docker Engine API.
 *
 * @param type {@code bind}, {@code volume} or {@code tmpfs}
 * @param name the volume's name
 * @param source directory or file on the host
 * @param mode what the user wrote after the last colon of {@code -v}
 * @param propagation {@code rprivate}, {@code rshared}, …
 */
@JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MountPoint(
    String type,
    @Nullable String name,
    String source,
    String destination,
    @Nullable String driver,
    String mode,
    @JsonProperty("RW") boolean writable,
    String propagation) {

  /** The same from another source. */
  public MountPoint withSource(Path newSource) {
    return new MountPoint(
        type, name, newSource.toString(), destination, driver, mode, writable, propagation);
  }

  /** The source as a path. */
  public Path sourcePath() {
    return Path.of(source);
  }
}
