/**
 * Builds the lab's sample images from file trees and publishes them to a registry, so that the
 * engine has something real to pull: OCI and Docker formats, gzip and zstd layers, whiteouts, an
 * image index.
 */
@NullMarked
package dev.flota.lab.image;

import org.jspecify.annotations.NullMarked;
