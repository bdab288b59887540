/** Manifests and indexes (OCI image-spec 1.1, Docker version 2 schema 2). */
@NullMarked
package dev.flota.engine.image.manifest;

import org.jspecify.annotations.NullMarked;
