/**
 * What the lab's registries need beside Debian's docker-registry: a server that hands out tokens.
 */
@NullMarked
package dev.flota.lab.registry;

import org.jspecify.annotations.NullMarked;
