/**
 * Layers: reading tar archives that may be hostile, and unpacking them into overlay form inside
 * their root. {@link dev.flota.engine.image.layer.FileCalls} are the Linux calls for it.
 */
@NullMarked
package dev.flota.engine.image.layer;

import org.jspecify.annotations.NullMarked;
