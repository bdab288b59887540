package dev.flota.cluster.ledger.raft;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Somebody at a port where hosts of a fleet listen for each other. */
public record Stranger(String address, int port) {
  private static final int REFUSED_WITHIN_MILLIS = 30_000;

  /** Who has not been refused by then is let stay: a refusal needs no more than an answer. */
  private static final int HEARD_AFTER_MILLIS = 3_000;

  private static final char[] NO_PASSWORD = {};

  /** Whether who speaks no TLS is refused, having said that. */
  public boolean isRefusedInPlainText(byte[] words) throws IOException {
    try (Socket socket = new Socket(address, port)) {
      socket.setSoTimeout(REFUSED_WITHIN_MILLIS);
      socket.getOutputStream().write(words);
      return ends(socket.getInputStream());
    }
  }

  /** Whether who has no certificate is refused. */
  public boolean isRefusedWithoutCertificate(TestAuthority fleet)
      throws IOException, GeneralSecurityException {
    return isRefused(context(new KeyManager[0], fleet.certificate()), REFUSED_WITHIN_MILLIS);
  }

  /** Whether who has a certificate of another authority of the same name is refused. */
  public boolean isRefusedWithForeignCertificate(TestAuthority fleet)
      throws IOException, GeneralSecurityException {
    return isRefused(
        context(keys(TestAuthority.create()), fleet.certificate()), REFUSED_WITHIN_MILLIS);
  }

  /** Whether a host of the fleet is refused. */
  public boolean isRefusedAsHost(TestAuthority fleet) throws IOException, GeneralSecurityException {
    return isRefused(context(keys(fleet), fleet.certificate()), HEARD_AFTER_MILLIS);
  }

  /** In TLS 1.3 the client's part of the handshake ends well before the server has judged it. */
  private boolean isRefused(SSLContext context, int within) throws IOException {
    try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(address, port)) {
      socket.setSoTimeout(within);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SSLException | SocketException e) {
      return true;
    }
  }

  /** What may come before is TLS's alert. */
  private static boolean ends(InputStream in) throws IOException {
    try {
      in.readAllBytes();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true; // reset
    }
  }

  private static KeyManager[] keys(TestAuthority certifier)
      throws GeneralSecurityException, IOException {
    RaftLedgerSettings.Identity own = certifier.host("stranger");
    KeyStore store = empty();
    Certificate[] chain = {own.certificate(), own.authority()};
    store.setKeyEntry("own", own.key(), NO_PASSWORD, chain);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, NO_PASSWORD);
    return keys.getKeyManagers();
  }

  private static SSLContext context(KeyManager[] keys, Certificate trusted)
      throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    store.setCertificateEntry("authority", trusted);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }
}
