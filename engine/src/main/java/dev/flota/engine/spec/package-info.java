/** What a container is: its specification and its record, as all other packages know them. */
@NullMarked
package dev.flota.engine.spec;

import org.jspecify.annotations.NullMarked;
