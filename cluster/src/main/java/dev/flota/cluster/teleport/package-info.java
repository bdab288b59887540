/**
 * Running containers that move from host to host, with memory, files, address and connections.
 *
 * <p>Whose a container is while it moves, the ledger decides: see {@link
 * dev.flota.cluster.ledger.Change.Move} and {@link dev.flota.cluster.custody.Duty}.
 */
@NullMarked
package dev.flota.cluster.teleport;

import org.jspecify.annotations.NullMarked;
