/** Images: pull, list, inspect, tag, save, load, remove. */
@NullMarked
package dev.flota.api.docker.image;

import org.jspecify.annotations.NullMarked;
