package dev.flota.engine.network;

/** Is told which networks are on this host. Called under a lock: it must be quick. */
public interface NetworkListener {
  /** A network is here now: its gateway is an address of this host. */
  void opened(NetworkDefinition network);

  /** A network is about to leave this host. */
  void closed(NetworkDefinition network);
}
