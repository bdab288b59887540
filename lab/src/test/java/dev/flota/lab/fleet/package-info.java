/** Several hosts as one, seen with the stock command line from each of them. */
@NullMarked
package dev.flota.lab.fleet;

import org.jspecify.annotations.NullMarked;
