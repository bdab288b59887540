/** The networks of the fleet on this host: connected with the other hosts, and kept up to date. */
@NullMarked
package dev.flota.cluster.network;

import org.jspecify.annotations.NullMarked;
