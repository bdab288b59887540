package dev.flota.engine.network;

/** Keeps ports of the host from being taken by other processes. */
interface PortHolder {
  /** A port that is held until closed. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Holds a port.
   *
   * @throws PortUnavailableException when the kernel does not give it
   */
  Held hold(HostPort port) throws PortUnavailableException;
}
