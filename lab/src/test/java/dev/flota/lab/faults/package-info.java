/** Points at which a daemon halts or fails when a test wants it to; loaded into it by that test. */
@NullMarked
package dev.flota.lab.faults;

import org.jspecify.annotations.NullMarked;
