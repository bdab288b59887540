/** What is made of measured values: medians, ratios, targets and tables. No I/O. */
@NullMarked
package dev.flota.lab.bench.figure;

import org.jspecify.annotations.NullMarked;
