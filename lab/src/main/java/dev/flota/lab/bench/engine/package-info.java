/**
 * An engine under measurement: its API over a unix socket, in as little code as possible so that
 * the client's own time does not count, and the memory of its processes.
 */
@NullMarked
package dev.flota.lab.bench.engine;

import org.jspecify.annotations.NullMarked;
