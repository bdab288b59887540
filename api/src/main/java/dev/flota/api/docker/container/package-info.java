/** Containers: create, list, inspect, life cycle, logs, attach. */
@NullMarked
package dev.flota.api.docker.container;

import org.jspecify.annotations.NullMarked;
