/** The ledger replicated by Raft: Apache Ratis over gRPC with mutual TLS. */
@NullMarked
package dev.flota.cluster.ledger.raft;

import org.jspecify.annotations.NullMarked;
