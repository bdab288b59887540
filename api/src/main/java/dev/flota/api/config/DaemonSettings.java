package dev.flota.api.config;

import dev.flota.engine.EngineSettings;
import java.nio.file.Path;
import java.util.List;

/**
 * The daemon's configuration, read and checked.
 *
 * @param hosts where the API listens
 * @param tlsDirectory certificates of the TCP listener
 * @param tlsNames what the server's certificate has to answer to, besides the host's own name
 * @param engine the engine's part
 */
public record DaemonSettings(
    List<Listen> hosts, Path tlsDirectory, List<String> tlsNames, EngineSettings engine) {

  /** One address to listen on. */
  public sealed interface Listen {
    /** A unix socket. */
    record Unix(Path path) implements Listen {}

    /** TCP with mutual TLS. */
    record Tls(String host, int port) implements Listen {}

    /** TCP on loopback without any protection, allowed in so many words. */
    record PlainLoopback(String host, int port) implements Listen {}
  }
}
