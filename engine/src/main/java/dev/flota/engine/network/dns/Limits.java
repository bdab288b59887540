package dev.flota.engine.network.dns;

import java.time.Duration;

/**
 * What a name server allows itself and its clients.
 *
 * @param attempt how long one upstream server has for its answer
 * @param idle how long a client's connection may be silent
 * @param forwardsPerClient questions of one client that wait for upstream servers at a time; more
 *     are answered with SERVFAIL at once
 * @param forwards the same for all clients together
 * @param connectionsPerClient TCP connections of one client at a time; more are closed at once
 * @param connections the same for all clients together
 */
public record Limits(
    Duration attempt,
    Duration idle,
    int forwardsPerClient,
    int forwards,
    int connectionsPerClient,
    int connections) {
  /** Two upstream servers may be down within the five seconds for which resolvers wait. */
  public static final Limits STANDARD =
      new Limits(Duration.ofMillis(1600), Duration.ofSeconds(10), 64, 1024, 8, 256);
}
