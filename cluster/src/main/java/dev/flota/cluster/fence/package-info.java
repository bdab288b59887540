/**
 * What the daemon and the fencer ({@code src/main/c/fencer.c}) have in common: the files by which
 * the daemon tells how long this host's containers may run, and the fencer which of them it
 * stopped.
 */
@NullMarked
package dev.flota.cluster.fence;

import org.jspecify.annotations.NullMarked;
