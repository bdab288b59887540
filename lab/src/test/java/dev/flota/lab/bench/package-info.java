@NullMarked
package dev.flota.lab.bench;

import org.jspecify.annotations.NullMarked;
