package dev.flota.engine.image.store;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.manifest.Descriptor;

/**
 * An unpacked layer, as its file {@code layer.json} tells it.
 *
 * @param schemaVersion of this file, 1
 * @param chainId digest over this layer's and all lower layers' diff ids (OCI image-spec 1.1,
 *     "Layer ChainID"): the same content above other layers is another layer, which also keeps a
 *     directory from standing twice in one overlay, what overlayfs refuses
 * @param diffId digest of the uncompressed archive
 * @param blob the archive as it is kept in the blob store
 * @param archiveSize bytes of the uncompressed archive
 * @param size bytes of all regular files
 * @param bootId boot of the machine it was unpacked in
 */
public record Layer(
    int schemaVersion,
    String chainId,
    String diffId,
    Descriptor blob,
    long archiveSize,
    long size,
    String bootId) {

  /** A layer that was just unpacked. */
  public static Layer of(
      Digest chainId, Digest diffId, Descriptor blob, long archiveSize, long size) {
    return new Layer(1, chainId.toString(), diffId.toString(), blob, archiveSize, size, "");
  }

  Layer unpackedIn(String boot) {
    return new Layer(schemaVersion, chainId, diffId, blob, archiveSize, size, boot);
  }
}
