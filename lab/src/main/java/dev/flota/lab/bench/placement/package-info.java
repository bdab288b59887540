/** Microbenchmarks of placement, run by JMH. */
@NullMarked
package dev.flota.lab.bench.placement;

import org.jspecify.annotations.NullMarked;
