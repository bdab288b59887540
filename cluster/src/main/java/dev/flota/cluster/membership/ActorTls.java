package dev.flota.cluster.membership;

import akka.actor.ActorSystem;
import akka.actor.setup.Setup;
import akka.remote.artery.tcp.SSLEngineProvider;
import com.typesafe.config.Config;
import dev.flota.cluster.ledger.HostCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;
import scala.Option;

/**
 * Mutual TLS for Artery: both sides show a certificate of the fleet's authority, which certifies
 * nothing but hosts. Akka's own provider for PEM files knows no EC keys at 2.8.
 *
 * <p>Made by Akka, by its class's name in {@code akka.remote.artery.ssl.ssl-engine-provider}.
 */
public final class ActorTls implements SSLEngineProvider {
  /** Below it are {@code key-file}, {@code cert-file} and {@code ca-cert-file}. */
  static final String CONFIGURATION = "flota.actor-tls";

  private static final char[] NO_PASSWORD = {};
  private static final String[] PROTOCOLS = {"TLSv1.3"};

  private final SSLContext context;
  private final Predicate<String> gone;

  /** The provider of that system. */
  public ActorTls(ActorSystem system) {
    this(
        system.settings().config().getConfig(CONFIGURATION),
        system.settings().setup().get(Doorkeeper.class).orElseThrow());
  }

  private ActorTls(Config files, Doorkeeper doorkeeper) {
    gone = doorkeeper.gone;
    try {
      context =
          context(
              certificate(files.getString("ca-cert-file")),
              certificate(files.getString("cert-file")),
              key(files.getString("key-file")));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot set TLS between actors up: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Certificate certificate(String file) throws GeneralSecurityException, IOException {
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  /** PKCS#8, as the fleet's keys are written. */
  private static PrivateKey key(String file) throws GeneralSecurityException, IOException {
    String pem = Files.readString(Path.of(file), StandardCharsets.US_ASCII);
    byte[] encoded = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded));
  }

  private static SSLContext context(Certificate authority, Certificate own, PrivateKey key)
      throws GeneralSecurityException, IOException {
    KeyStore identity = KeyStore.getInstance("PKCS12");
    identity.load(null, NO_PASSWORD);
    identity.setKeyEntry("own", key, NO_PASSWORD, new Certificate[] {own, authority});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(identity, NO_PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, NO_PASSWORD);
    trusted.setCertificateEntry("authority", authority);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext made = SSLContext.getInstance("TLS");
    made.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return made;
  }

  @Override
  public SSLEngine createServerSSLEngine(String hostname, int port) {
    SSLEngine engine = context.createSSLEngine(hostname, port);
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(PROTOCOLS);
    engine.setNeedClientAuth(true);
    return engine;
  }

  @Override
  public SSLEngine createClientSSLEngine(String hostname, int port) {
    SSLEngine engine = context.createSSLEngine(hostname, port);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(PROTOCOLS);
    return engine;
  }

  @Override
  public Option<Throwable> verifyClientSession(String hostname, SSLSession session) {
    return verify(session);
  }

  @Override
  public Option<Throwable> verifyServerSession(String hostname, SSLSession session) {
    return verify(session);
  }

  /** A certificate outlives its host's membership. */
  private Option<Throwable> verify(SSLSession session) {
    Optional<String> left = HostCertificate.hostId(session).filter(gone);
    return left.isPresent()
        ? Option.apply(new SSLPeerUnverifiedException(left.get() + " left the fleet"))
        : Option.empty();
  }

  /** How an ActorSystem is told which hosts left. */
  static final class Doorkeeper extends Setup {
    private final Predicate<String> gone;

    /**
     * Tells it.
     *
     * @param gone whether the host of that id left; asked in each handshake
     */
    Doorkeeper(Predicate<String> gone) {
      this.gone = gone;
    }
  }
}
