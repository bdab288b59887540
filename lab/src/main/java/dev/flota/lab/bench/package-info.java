/**
 * Benchmarks that run in a lab: Flota and Docker's own engine side by side over their unix sockets,
 * and a trace of one start. What is measured is in {@code scenario}, how engines are talked to in
 * {@code engine}, what becomes of the figures in {@code figure}.
 */
@NullMarked
package dev.flota.lab.bench;

import org.jspecify.annotations.NullMarked;
