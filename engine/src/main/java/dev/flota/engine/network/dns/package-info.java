/**
 * The name server of containers: names of other containers on their networks, everything else from
 * the servers outside (RFC 1035; messages by dnsjava). It listens on the gateways.
 *
 * <p>Containers are taken to be hostile: nobody outside the networks gets an answer, what one
 * client can have under way is bounded, and what cannot be read is dropped.
 */
@NullMarked
package dev.flota.engine.network.dns;

import org.jspecify.annotations.NullMarked;
