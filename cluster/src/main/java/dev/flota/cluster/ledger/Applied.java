package dev.flota.cluster.ledger;

import dev.flota.cluster.Outcome;

/** A change, what it gave, and the ledger after it (the same as before when it was refused). */
public record Applied(LedgerState state, Change<?> change, Outcome<Answer> outcome) {}
