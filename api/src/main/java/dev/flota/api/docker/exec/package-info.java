/** Execs in running containers. */
@NullMarked
package dev.flota.api.docker.exec;

import org.jspecify.annotations.NullMarked;
