package dev.flota.engine.network.dns;

import dev.flota.engine.network.Ipv4;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Who may ask, and who knows what we do not. Called by many threads, for every packet: it must not
 * block.
 */
public interface Clients {
  /** Whether the address is in one of the networks: all others are ignored. */
  boolean serves(Ipv4 client);

  /**
   * The servers for names that are not ours, in the order in which they are asked: the container's
   * own, or else the host's, those on the host's loopback included.
   *
   * @return none for a container that may not reach the world
   */
  List<InetSocketAddress> upstreams(Ipv4 client);
}
