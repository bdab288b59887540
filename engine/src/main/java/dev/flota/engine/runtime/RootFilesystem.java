package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import java.nio.file.Path;
import java.util.List;

/**
 * Root file systems of containers: an overlay of the image's layers with a writable layer of the
 * container's own. Below the container's directory: {@code upper} (the writable layer), {@code
 * work} and {@code merged} (the mount).
 */
@SuppressWarnings("DoNotCallSuggester") // being filled in
public final class RootFilesystem {

  /**
   * Mounts it, unless it is mounted already.
   *
   * @param layers lowest first
   * @return the root as the container sees it
   */
  public Path mount(Path directory, List<Path> layers) {
    throw EngineException.notImplemented(directory.toString());
  }

  /** Unmounts it, if it is mounted. */
  public void unmount(Path directory) {
    throw EngineException.notImplemented(directory.toString());
  }

  /** Whether it is mounted. */
  public boolean mounted(Path directory) {
    throw EngineException.notImplemented(directory.toString());
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
