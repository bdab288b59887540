/**
 * HTTP over unix sockets, TCP and TLS on one selector thread: sockets as streams, connections,
 * Docker's hijack. Knows nothing of Docker's routes.
 */
@NullMarked
package dev.flota.api.http;

import org.jspecify.annotations.NullMarked;
