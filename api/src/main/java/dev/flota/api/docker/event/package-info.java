/** The stream of events. */
@NullMarked
package dev.flota.api.docker.event;

import org.jspecify.annotations.NullMarked;
