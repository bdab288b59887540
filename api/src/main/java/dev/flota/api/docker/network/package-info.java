/** Networks, as far as one host has them. */
@NullMarked
package dev.flota.api.docker.network;

import org.jspecify.annotations.NullMarked;
