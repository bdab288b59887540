/**
 * Streams that go on when their container goes to another host: what its host says of one, and what
 * the host that a client has asked makes of it.
 */
@NullMarked
package dev.flota.cluster.follow;

import org.jspecify.annotations.NullMarked;
