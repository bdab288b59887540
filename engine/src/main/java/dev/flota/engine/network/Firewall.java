package dev.flota.engine.network;

/** Where rules are put into force. */
interface Firewall extends AutoCloseable {
  /**
   * Applies an nftables script, all of it or nothing.
   *
   * @throws dev.flota.engine.EngineException when it is refused; nothing has changed then
   */
  void apply(String script);

  @Override
  void close();
}
