package dev.flota.api.tls;

import dev.flota.engine.EngineException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import javax.net.ssl.SSLContext;

/**
 * The certificates of the API's TCP listener in one directory, under the names that {@code docker
 * --tlsverify} expects: {@code ca.pem}, {@code cert.pem} and {@code key.pem} for clients, {@code
 * server-cert.pem} and {@code server-key.pem} for the daemon, {@code ca-key.pem} for the authority.
 */
@SuppressWarnings("DoNotCallSuggester") // filled in next
public final class TlsFiles {
  private final Path directory;
  private final Clock clock;

  /** Nothing is touched yet. */
  public TlsFiles(Path directory, Clock clock) {
    this.directory = directory;
    this.clock = clock;
  }

  /**
   * Makes what is missing or about to expire; the server's certificate also when it lacks one of
   * {@code serverNames} (host names and addresses).
   */
  public void ensure(List<String> serverNames) {
    throw EngineException.notImplemented("" + directory + clock + serverNames);
  }

  /** A server context that demands client certificates of this authority. */
  public SSLContext serverContext() {
    throw EngineException.notImplemented(directory.toString());
  }
}
