/**
 * Image archives: {@code docker save} and {@code docker load}, docker-archive and OCI image layout.
 */
@NullMarked
package dev.flota.engine.image.archive;

import org.jspecify.annotations.NullMarked;
