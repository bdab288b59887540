package dev.flota.engine.runtime;

import java.nio.file.Path;
import java.util.List;

/**
 * One of the times that the memory of a container is sent: all of it at first, then what has
 * changed since the time before ({@code criu pre-dump}), and at last what changed until it was
 * frozen.
 *
 * @param earlier how often it was sent before
 * @param last whether the container is frozen and all else is written, too
 */
public record Round(int earlier, boolean last) {
  /** Everything at once. */
  public static final Round ONLY = new Round(0, true);

  /** Where this round's memory lies, on either host. */
  Path images(ContainerPaths paths, String id) {
    return last ? paths.images(id) : paths.images(id, earlier + 1);
  }

  /** criu's options that tell it of the round before. */
  List<String> options(ContainerPaths paths, String id) {
    return earlier == 0
        ? List.of()
        : List.of("--prev-images-dir", "../" + paths.images(id, earlier).getFileName());
  }
}
