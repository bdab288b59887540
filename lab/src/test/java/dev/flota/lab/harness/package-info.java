/**
 * What the end-to-end tests hold in their hands: the docker command, a terminal, a lab host, a spy
 * on the wire.
 */
@NullMarked
package dev.flota.lab.harness;

import org.jspecify.annotations.NullMarked;
