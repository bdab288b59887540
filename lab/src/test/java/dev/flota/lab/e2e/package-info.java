/** The engine in the lab, seen by its users. */
@NullMarked
package dev.flota.lab.e2e;

import org.jspecify.annotations.NullMarked;
