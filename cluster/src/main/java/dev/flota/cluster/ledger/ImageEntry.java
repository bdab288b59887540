package dev.flota.cluster.ledger;

import org.jspecify.annotations.Nullable;

/**
 * What a reference means on the whole fleet.
 *
 * @param reference {@code docker.io/library/alpine:latest}
 * @param imageId digest of the image's configuration
 * @param manifestDigest of the manifest, if the image ever was in a registry
 */
public record ImageEntry(String reference, String imageId, @Nullable String manifestDigest) {}
