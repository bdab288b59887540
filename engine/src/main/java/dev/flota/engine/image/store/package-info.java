/**
 * The content-addressed store: blobs by digest, unpacked layers by chain id, and one catalog of
 * images and names that is replaced atomically.
 *
 * <pre>
 * images/catalog.json           images and names
 * images/blobs/sha256/…         manifests, configurations, compressed layers
 * images/tmp                    drafts; emptied at start
 * layers/sha256/CHAIN/diff      unpacked files, an overlayfs lower directory
 * layers/sha256/CHAIN/layer.json, synced
 * layers/tmp                    drafts and what is being deleted; emptied at start
 * </pre>
 */
@NullMarked
package dev.flota.engine.image.store;

import org.jspecify.annotations.NullMarked;
