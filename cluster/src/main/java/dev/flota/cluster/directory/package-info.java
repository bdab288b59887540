/** What is known in the whole fleet of what runs where: it may lag a moment, never for long. */
@NullMarked
package dev.flota.cluster.directory;

import org.jspecify.annotations.NullMarked;
