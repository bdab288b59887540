package dev.flota.engine.network.dns;

import dev.flota.engine.network.Ipv4;
import java.util.List;
import java.util.Optional;

/**
 * What containers are called. Which names there are depends on who asks: a container sees those on
 * its own networks. Called by many threads, for every packet: it must not block.
 */
public interface NameSource {
  /**
   * The addresses of a name.
   *
   * @param client who asks
   * @param name in lower case, without a dot at its end
   * @return in any order; empty when the client knows none of that name
   */
  Optional<List<Ipv4>> lookup(Ipv4 client, String name);

  /**
   * The name of an address.
   *
   * @param client who asks
   * @return without a dot at its end; empty when the client knows nobody there
   */
  Optional<String> reverse(Ipv4 client, Ipv4 address);
}
