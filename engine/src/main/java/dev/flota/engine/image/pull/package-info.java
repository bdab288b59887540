/**
 * Pulling: which endpoint, which manifest, which layers are missing; layers in parallel, each
 * downloaded, verified and unpacked at the same time, and shared among pulls that want the same.
 */
@NullMarked
package dev.flota.engine.image.pull;

import org.jspecify.annotations.NullMarked;
