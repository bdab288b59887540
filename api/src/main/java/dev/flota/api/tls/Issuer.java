package dev.flota.api.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate authority (RFC 5280) that issues for servers and clients of the API.
 *
 * @param authority its own certificate
 */
record Issuer(X509Certificate authority, PrivateKey key, Clock clock) {
  private static final Duration AUTHORITY_LIFE = Duration.ofDays(3650);
  private static final Duration LEAF_LIFE = Duration.ofDays(825);

  /** Other hosts' clocks may be behind. */
  private static final Duration CLOCK_SKEW = Duration.ofDays(1);

  private static final int SERIAL_BITS = 127;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** A new key: EC on P-256, which every TLS library knows. */
  static KeyPair keyPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK makes EC keys", e);
    }
  }

  /** A certificate by which a key is an authority of its own. */
  static X509Certificate authority(KeyPair own, Clock clock, String commonName) {
    X500Principal name = new X500Principal("CN=" + commonName);
    return build(
        name,
        own.getPrivate(),
        own.getPublic(),
        own.getPublic(),
        name,
        AUTHORITY_LIFE,
        clock,
        builder -> {
          builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
          builder.addExtension(
              Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        });
  }

  /** A certificate for a server that is reached by these names. */
  X509Certificate server(KeyPair own, Set<String> names) {
    return leaf(
        own.getPublic(),
        new X500Principal("CN=" + names.iterator().next()),
        new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth),
        builder ->
            builder.addExtension(
                Extension.subjectAlternativeName, false, SubjectNames.extension(names)));
  }

  /** A certificate for a client, which may do everything. */
  X509Certificate client(KeyPair own) {
    return leaf(
        own.getPublic(),
        new X500Principal("CN=flota client"),
        new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth),
        builder -> {});
  }

  /** A certificate for a host of a fleet, which is server and client to the others. */
  X509Certificate host(PublicKey own, String hostId, Set<String> names) {
    KeyPurposeId[] both = {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth};
    return leaf(
        own,
        new X500Principal("CN=" + hostId),
        new ExtendedKeyUsage(both),
        builder ->
            builder.addExtension(
                Extension.subjectAlternativeName, false, SubjectNames.extension(names)));
  }

  private X509Certificate leaf(
      PublicKey own, X500Principal subject, ExtendedKeyUsage purpose, Extensions more) {
    return build(
        authority.getSubjectX500Principal(),
        key,
        authority.getPublicKey(),
        own,
        subject,
        LEAF_LIFE,
        clock,
        builder -> {
          builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
          builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
          builder.addExtension(Extension.extendedKeyUsage, false, purpose);
          more.add(builder);
        });
  }

  private interface Extensions {
    void add(JcaX509v3CertificateBuilder builder) throws IOException;
  }

  private static X509Certificate build(
      X500Principal issuer,
      PrivateKey signingKey,
      PublicKey issuerKey,
      PublicKey subjectKey,
      X500Principal subject,
      Duration life,
      Clock clock,
      Extensions extensions) {
    Instant now = clock.instant();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer,
            new BigInteger(SERIAL_BITS, RANDOM),
            Date.from(now.minus(CLOCK_SKEW)),
            Date.from(now.plus(life)),
            subject,
            subjectKey);
    try {
      JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          identifiers.createSubjectKeyIdentifier(subjectKey));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          identifiers.createAuthorityKeyIdentifier(issuerKey));
      extensions.add(builder);
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(new JcaContentSignerBuilder(algorithm(signingKey)).build(signingKey)));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("cannot issue a certificate for " + subject, e);
    }
  }

  private static String algorithm(PrivateKey key) {
    return switch (key.getAlgorithm()) {
      case "EC" -> "SHA256withECDSA";
      case "RSA" -> "SHA256withRSA";
      default -> key.getAlgorithm(); // Ed25519 and the like name their only algorithm
    };
  }

  /** Whether that authority issued that certificate. */
  static boolean issued(X509Certificate authority, X509Certificate certificate) {
    try {
      certificate.verify(authority.getPublicKey());
      return certificate.getIssuerX500Principal().equals(authority.getSubjectX500Principal());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** Whether the key is the one that the certificate is for. */
  static boolean belongTogether(X509Certificate certificate, PrivateKey key) {
    byte[] text = new byte[32];
    RANDOM.nextBytes(text);
    try {
      Signature signer = Signature.getInstance(algorithm(key));
      signer.initSign(key);
      signer.update(text);
      byte[] signature = signer.sign();
      Signature verifier = Signature.getInstance(algorithm(key));
      verifier.initVerify(certificate.getPublicKey());
      verifier.update(text);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
