package dev.flota.engine.network;

import dev.flota.engine.spec.EndpointRecord;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Connects the bridge of a network on this host with the rest of the network, and gives it its
 * gateway. Called by one thread at a time.
 */
public interface Wire {
  /**
   * What a network has on this host besides its bridge.
   *
   * @param interfaces that belong to the network too: what comes in by them comes from it
   * @param hostAddress of this host on the network, that packets to published ports come from;
   *     {@code null} where all containers are here, so that they keep the client's
   */
  record Wired(Set<String> interfaces, @Nullable Ipv4 hostAddress) {}

  /**
   * Connects a bridge that exists and is up; harmless when it is connected.
   *
   * @param bridge its name
   * @param mtu its MTU in bytes
   */
  Wired attach(NetworkDefinition network, String bridge, int mtu);

  /**
   * Undoes {@link #attach} before the bridge is deleted; harmless when there is nothing to undo.
   */
  void detach(NetworkDefinition network, String bridge);

  /** Where a container is, or was, is learned anew. */
  default void forget(EndpointRecord endpoint) {
    // Where there is no rest it can only be here.
  }

  /**
   * A container is about to be cut off here, or to be connected: where it was is forgotten, and
   * what is sent to it from this host goes to no other one before it is announced there, or {@link
   * #forget} is called.
   */
  default void sendNowhere(EndpointRecord endpoint) {
    // Where there is no rest nothing goes there.
  }

  /** It is connected: the rest of the network is to know, at once. */
  default void announce(EndpointRecord endpoint) {
    // Where there is no rest nobody has to know.
  }
}
