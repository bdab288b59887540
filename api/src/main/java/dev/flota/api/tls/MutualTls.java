package dev.flota.api.tls;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS 1.2 and 1.3 between parties that both show a certificate of one authority.
 *
 * @param context of one side; it trusts that authority only
 */
public record MutualTls(SSLContext context) {
  private static final char[] NO_PASSWORD = {};
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  /** For the side that owns that certificate and key. */
  static MutualTls of(X509Certificate authority, X509Certificate own, PrivateKey key) {
    try {
      KeyStore identity = empty();
      identity.setKeyEntry("own", key, NO_PASSWORD, new Certificate[] {own, authority});
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(identity, NO_PASSWORD);
      KeyStore trusted = empty();
      trusted.setCertificateEntry("authority", authority);
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return new MutualTls(context);
    } catch (GeneralSecurityException e) {
      throw EngineException.system("cannot set TLS up: " + e.getMessage(), e);
    }
  }

  /**
   * For a client, of three PEM files.
   *
   * @throws EngineException when one is missing or damaged
   */
  public static MutualTls ofFiles(Path authority, Path certificate, Path key) {
    return of(certificate(authority), certificate(certificate), directory(key).key(name(key)));
  }

  private static X509Certificate certificate(Path file) {
    return directory(file).required(name(file));
  }

  private static PemDirectory directory(Path file) {
    return new PemDirectory(
        Objects.requireNonNullElse(file.toAbsolutePath().getParent(), file),
        "'flota tls init' on the daemon's host makes it.");
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  private static KeyStore empty() throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      store.load(null, NO_PASSWORD);
    } catch (IOException e) {
      throw new IllegalStateException("an empty store is not read from anywhere", e);
    }
    return store;
  }

  /** The server's end of one connection: without a client certificate the handshake fails. */
  public SSLEngine serverEngine() {
    SSLEngine engine = serverSide();
    engine.setNeedClientAuth(true);
    return engine;
  }

  /** The server's end of one connection with a client who may have no certificate yet. */
  public SSLEngine openServerEngine() {
    SSLEngine engine = serverSide();
    engine.setWantClientAuth(true);
    return engine;
  }

  /** The client's end of one connection to a server by its address. */
  public SSLEngine clientEngine(String address, int port) {
    SSLEngine engine = context.createSSLEngine(address, port);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(PROTOCOLS);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** A client's connection, once the server has shown a certificate for that name. */
  public Socket connect(String host, int port) throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(host, port);
    socket.setEnabledProtocols(PROTOCOLS);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private SSLEngine serverSide() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(PROTOCOLS);
    return engine;
  }
}
