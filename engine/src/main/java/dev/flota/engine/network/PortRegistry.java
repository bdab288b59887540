package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.util.List;
import java.util.Set;

/** Who may publish which port; one port has one owner. Thread-safe; calls block. */
public interface PortRegistry {
  /**
   * Chooses a port for each wish, all or none. A second call for a container replaces what the
   * first one chose.
   *
   * @param unusable ports that the host could not get and that must not be chosen
   * @return one port per wish, in their order
   * @throws EngineException in Docker's words when a wish cannot be met
   */
  List<HostPort> claimPorts(String containerId, List<PortWish> wishes, Set<HostPort> unusable);

  /** Gives up what a container claimed; harmless when that is nothing. */
  void releasePorts(String containerId);
}
