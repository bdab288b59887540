package dev.flota.engine.runtime;

import dev.flota.engine.linux.MountTable;
import dev.flota.engine.linux.Mounts;
import dev.flota.engine.linux.Namespaces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Root file systems of containers: an overlay of the image's layers with a writable layer of the
 * container's own. Below the container's directory: {@code upper} (the writable layer), {@code
 * work} and {@code merged} (the mount). Mounted with {@code index=off}, so that a layer may be part
 * of several at once, and {@code metacopy=off,redirect_dir=off}, so that the upper layer means the
 * same when it is packed or moved.
 */
public final class RootFilesystem {
  private static final String FEATURES = ",index=off,metacopy=off,redirect_dir=off";
  private static final Pattern PLAIN = Pattern.compile("[^:,\\\\]+");

  /** The writable layer of a container without any yet. */
  public RootFilesystem() {}

  /**
   * Mounts it, unless it is mounted already.
   *
   * @param layers lowest first
   * @return the root as the container sees it
   */
  public Path mount(Path directory, List<Path> layers) {
    Path root = root(directory);
    if (mounted(directory)) {
      return root;
    }
    try {
      Files.createDirectories(upper(directory));
      Files.createDirectories(directory.resolve("work"));
      Files.createDirectories(root);
      mountOverlay(directory, layers.isEmpty() ? List.of(empty(directory)) : layers);
      return root;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Path empty(Path directory) throws IOException {
    return Files.createDirectories(directory.resolve("empty"));
  }

  private void mountOverlay(Path directory, List<Path> layers) throws IOException {
    String options =
        options(
            layers.reversed().stream().map(Path::toString).toList(),
            upper(directory).toString(),
            directory.resolve("work").toString());
    boolean plain =
        PLAIN.matcher(directory.toString()).matches()
            && layers.stream().allMatch(layer -> PLAIN.matcher(layer.toString()).matches());
    if (plain && bytes(options) <= Mounts.MAXIMUM_OPTION_BYTES) {
      Mounts.mount("overlay", root(directory).toString(), "overlay", 0, options);
    } else {
      mountByShortNames(directory, layers);
    }
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static String options(List<String> highestFirst, String upper, String work) {
    return "lowerdir="
        + String.join(":", highestFirst)
        + ",upperdir="
        + upper
        + ",workdir="
        + work
        + FEATURES;
  }

  /** Through links in the container's directory, as the working directory of a passing thread. */
  private static void mountByShortNames(Path directory, List<Path> layers) throws IOException {
    Path links = Files.createDirectories(directory.resolve("l"));
    List<String> names = new ArrayList<>();
    for (int index = layers.size() - 1; index >= 0; index--) {
      Path link = links.resolve(Integer.toString(index));
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, layers.get(index).toAbsolutePath());
      names.add("l/" + index);
    }
    String options = options(names, "upper", "work");
    Namespaces.inDirectory(
        directory,
        () -> {
          Mounts.mount("overlay", "merged", "overlay", 0, options);
          return options;
        });
  }

  /** Unmounts it, if it is mounted. */
  public void unmount(Path directory) {
    Mounts.unmount(root(directory));
  }

  /** Whether it is mounted. */
  public boolean mounted(Path directory) {
    return MountTable.read().mounted(root(directory).toAbsolutePath().normalize());
  }

  /** Where it is, or would be, mounted. */
  public Path root(Path directory) {
    return directory.resolve("merged");
  }

  /** The writable layer. */
  public Path upper(Path directory) {
    return directory.resolve("upper");
  }
}
