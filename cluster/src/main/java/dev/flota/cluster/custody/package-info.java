/**
 * Whose the containers are while hosts come and go: this host's lease, what it owes to the ledger,
 * and which containers of a lost host others may start.
 */
@NullMarked
package dev.flota.cluster.custody;

import org.jspecify.annotations.NullMarked;
