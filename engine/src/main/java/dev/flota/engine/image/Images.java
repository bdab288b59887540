package dev.flota.engine.image;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The images of one host: pulling, keeping, naming and removing them.
 *
 * <p>Safe for use by many threads. The methods block; {@link #pull} and {@link #load} may do so for
 * minutes and end early, leaving nothing behind, when their thread is interrupted.
 */
@SuppressWarnings("DoNotCallSuggester") // every method gets its body in the next commits
public final class Images {
  private final EngineSettings settings;

  /** Images kept under {@code settings.stateDir()}, in {@code images} and {@code layers}. */
  public Images(EngineSettings settings) {
    this.settings = settings;
  }

  /** Removes what an earlier process left half-made. Call once, before anything else. */
  public void recover() {
    throw pending();
  }

  /**
   * The image that {@code reference} names: {@code name[:tag][@digest]}, an id, or an id's
   * beginning that fits only one image.
   *
   * @throws EngineException NOT_FOUND "No such image: alpine:latest"; INVALID when unreadable
   */
  public Image find(String reference) {
    throw pending();
  }

  /** All images, the newest first. */
  public List<Image> list() {
    throw pending();
  }

  /**
   * Directories of an image's unpacked layers, the LOWEST FIRST, in overlayfs form (whiteouts are
   * devices 0/0, opaque directories have {@code trusted.overlay.opaque}). They must not be changed.
   * Works also for an image that was removed by force while a container still needs it.
   *
   * @param imageId {@code sha256:…}
   * @throws EngineException NOT_FOUND when there is no such image
   */
  public List<Path> layers(String imageId) {
    throw pending();
  }

  /** Digest of the manifest an image was pulled by, for this platform; null for a loaded image. */
  public @Nullable String manifestDigest(String imageId) {
    throw pending();
  }

  /**
   * Brings an image from its registry.
   *
   * @param platform null for this machine's
   * @param auth null for anonymous
   * @throws EngineException with Docker's text for what the registry said or did
   */
  public Image pull(
      Reference reference,
      @Nullable Platform platform,
      @Nullable RegistryAuth auth,
      ProgressListener progress) {
    throw pending();
  }

  /** The tags a registry has of a repository, for {@code pull --all-tags}. */
  public List<Reference> tags(Reference repository, @Nullable RegistryAuth auth) {
    throw pending();
  }

  /** Gives an image, named as in {@link #find}, one more name. */
  public void tag(String source, Reference target) {
    throw pending();
  }

  /**
   * Removes a name, and the image with the last name.
   *
   * @param users the containers made from an image, by its id
   * @param pruneParents kept for the builder: images that are pulled or loaded have no parents here
   * @throws EngineException CONFLICT with Docker's text when the image is in use
   */
  public List<Removal> remove(
      String reference,
      boolean force,
      boolean pruneParents,
      Function<String, List<ImageUse>> users) {
    throw pending();
  }

  /**
   * Lets go of images that were removed by force while a stopped container needed their layers. To
   * be called after a container is removed.
   */
  public void releaseUnused(Function<String, List<ImageUse>> users) {
    throw pending();
  }

  /** The build steps, the newest first. */
  public List<LayerHistory> history(String reference) {
    throw pending();
  }

  /**
   * Writes images as one archive that both {@code docker load} and tools for the OCI image layout
   * read.
   */
  public void save(List<String> names, OutputStream out) {
    throw pending();
  }

  /**
   * Reads what {@link #save}, Docker or an OCI tool wrote, plain or compressed.
   *
   * @return names (or ids, of images without one) in the order they were found
   */
  public List<String> load(InputStream in, ProgressListener progress) {
    throw pending();
  }

  /**
   * Asks a registry whether it accepts the credentials.
   *
   * @throws EngineException UNAUTHORIZED with Docker's text
   */
  public AuthResult login(RegistryAuth auth) {
    throw pending();
  }

  /** What images occupy on disk. */
  public DiskUsage diskUsage() {
    throw pending();
  }

  private EngineException pending() {
    return EngineException.notImplemented("images under " + settings.stateDir());
  }
}
