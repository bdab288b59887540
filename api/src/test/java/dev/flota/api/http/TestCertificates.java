package dev.flota.api.http;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority with a server and a client, made for one test. */
public final class TestCertificates {
  private static final char[] PASSWORD = "test".toCharArray();

  private final KeyPair authorityKeys;
  private final X509Certificate authority;

  private TestCertificates(KeyPair authorityKeys, X509Certificate authority) {
    this.authorityKeys = authorityKeys;
    this.authority = authority;
  }

  /** Makes the authority. */
  public static TestCertificates create() {
    try {
      KeyPair keys = keys();
      return new TestCertificates(keys, certificate("CN=authority", keys, "CN=authority", keys));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Trusts the authority's clients. */
  public SSLContext serverContext() throws Exception {
    return context(identity("CN=server"));
  }

  /** Trusts the authority's servers and shows a certificate. */
  public SSLContext clientContext() {
    try {
      return context(identity("CN=client"));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Trusts the authority's servers and has nothing to show. */
  public SSLContext clientContextWithoutCertificate() throws Exception {
    return context(new KeyManager[0]);
  }

  private SSLContext context(KeyManager[] keys) throws GeneralSecurityException {
    KeyStore trusted = emptyStore();
    trusted.setCertificateEntry("authority", authority);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust.getTrustManagers(), null);
    return context;
  }

  private KeyManager[] identity(String name) throws Exception {
    KeyPair keys = keys();
    KeyStore store = emptyStore();
    X509Certificate own = certificate(name, keys, "CN=authority", authorityKeys);
    store.setKeyEntry("own", keys.getPrivate(), PASSWORD, new X509Certificate[] {own, authority});
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      return store;
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private static KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  private static X509Certificate certificate(
      String name, KeyPair keys, String issuer, KeyPair issuerKeys) throws Exception {
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name(issuer),
            BigInteger.valueOf(now.toEpochMilli()),
            Date.from(now.minus(Duration.ofHours(1))),
            Date.from(now.plus(Duration.ofHours(1))),
            new X500Name(name),
            keys.getPublic());
    builder.addExtension(
        Extension.basicConstraints, true, new BasicConstraints(name.equals(issuer)));
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
  }
}
