/** What is measured of several hosts that are one fleet. */
@NullMarked
package dev.flota.lab.bench.fleet;

import org.jspecify.annotations.NullMarked;
