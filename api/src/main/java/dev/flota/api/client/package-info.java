/** The command line's side of what a running daemon is asked. */
@NullMarked
package dev.flota.api.client;

import org.jspecify.annotations.NullMarked;
