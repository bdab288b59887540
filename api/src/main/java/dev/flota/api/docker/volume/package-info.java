/** Volumes. */
@NullMarked
package dev.flota.api.docker.volume;

import org.jspecify.annotations.NullMarked;
