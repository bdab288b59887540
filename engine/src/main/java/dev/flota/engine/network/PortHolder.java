package dev.flota.engine.network;

/** Keeps ports of the host from being taken by other processes. */
interface PortHolder {
  /** A port that is held until closed. */
  interface Held extends AutoCloseable {
    /**
     * Keeps it also from those that would share it. Only once the packet filter redirects what
     * comes to it: a client that was connected here would never be answered.
     *
     * @throws PortUnavailableException when somebody was quicker
     */
    void listen() throws PortUnavailableException;

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
