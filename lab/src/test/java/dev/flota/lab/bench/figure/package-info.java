@NullMarked
package dev.flota.lab.bench.figure;

import org.jspecify.annotations.NullMarked;
