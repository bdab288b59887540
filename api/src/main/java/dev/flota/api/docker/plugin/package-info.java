/** Plugins, of which there are none. */
@NullMarked
package dev.flota.api.docker.plugin;

import org.jspecify.annotations.NullMarked;
