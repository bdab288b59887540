package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.ContainerRecord;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides everything about networks that must be the same on all hosts: which there are, who has
 * which address, and who publishes which port. Thread-safe; calls block.
 */
public interface NetworkRegistry extends PortRegistry {
  /** All networks that give addresses, the default one among them; a local read. */
  List<NetworkDefinition> networks();

  /**
   * Waits until {@link #networks} tells all that was decided when this was called.
   *
   * @throws EngineException UNAVAILABLE when that cannot be learned
   */
  void catchUp();

  /**
   * Makes a network.
   *
   * @param wish what it leaves open is decided as {@link NetworkPlan} does
   * @throws EngineException in Docker's words
   */
  NetworkDefinition create(NetworkDefinition wish);

  /**
   * Removes a network; harmless when there is none.
   *
   * @throws EngineException FORBIDDEN while containers have addresses on it
   */
  void remove(String networkId);

  /**
   * Gives a container an address for life; one that it has already is answered as it is, unless
   * another one is wished.
   *
   * @param wishedAddress {@code null} for any
   * @param wishedMac {@code null} for the one that follows from the address
   * @throws EngineException in Docker's words
   */
  Address take(
      String networkId,
      String containerId,
      @Nullable String wishedAddress,
      @Nullable String wishedMac);

  /** Takes a container's address back; harmless when it has none. */
  void giveBack(String networkId, String containerId);

  /**
   * At the start of a daemon: what the records of its host's containers say of addresses and
   * published ports. A registry that remembers by itself has nothing to learn from it.
   */
  void recall(Collection<ContainerRecord> existing);
}
