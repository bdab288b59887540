@NullMarked
package dev.flota.lab.bench.engine;

import org.jspecify.annotations.NullMarked;
