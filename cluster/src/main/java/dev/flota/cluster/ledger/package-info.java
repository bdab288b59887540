/**
 * What must never be wrong in a fleet: who has which name, address, port and container. A
 * replicated state machine; {@link dev.flota.cluster.ledger.LedgerState} is its whole logic.
 */
@NullMarked
package dev.flota.cluster.ledger;

import org.jspecify.annotations.NullMarked;
