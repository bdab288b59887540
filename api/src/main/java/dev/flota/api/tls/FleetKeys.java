package dev.flota.api.tls;

import dev.flota.engine.EngineException;
import dev.flota.engine.runtime.PageTransport;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;

/**
 * Authority and certificate of a host in its fleet, in one directory: {@code ca.pem}, {@code
 * ca-key.pem}, {@code host-cert.pem} and {@code host-key.pem}.
 *
 * <p>Every host has the authority's key, so that any of them can let another one in. That gives
 * away nothing: each host may tell each other one to run anything anyway.
 */
public final class FleetKeys {
  private static final String AUTHORITY = "ca.pem";
  private static final String AUTHORITY_KEY = "ca-key.pem";
  private static final String CERTIFICATE = "host-cert.pem";
  private static final String KEY = "host-key.pem";
  private static final String KEY_FOR_CRIU = "host-key-sec1.pem";

  private final Path directory;
  private final PemDirectory files;
  private final Clock clock;

  /** Nothing is touched yet. */
  public FleetKeys(Path directory, Clock clock) {
    this.directory = directory;
    this.files = new PemDirectory(directory);
    this.clock = clock;
  }

  /** Where the files are. */
  public Path directory() {
    return directory;
  }

  /** Makes the authority of a new fleet, and the certificate of its first host. */
  public void found(String hostId, List<String> names) {
    files.create();
    KeyPair authority = Issuer.keyPair();
    files.write(AUTHORITY_KEY, authority);
    files.write(AUTHORITY, Issuer.authority(authority, clock, "Flota fleet authority"));
    byte[] own = newKey();
    files.write(CERTIFICATE, issue(publicKey(own), hostId, names));
  }

  /** Makes the key of a host that is going to join, and gives its public half (X.509 SPKI). */
  public byte[] newKey() {
    files.create();
    KeyPair own = Issuer.keyPair();
    files.write(KEY, own);
    return own.getPublic().getEncoded();
  }

  /**
   * A certificate for a host that may join, in PEM.
   *
   * @throws EngineException INVALID when that is no EC key
   */
  public String certify(byte[] key, String hostId, List<String> names) {
    return PemDirectory.pem(issue(publicKey(key), hostId, names));
  }

  private X509Certificate issue(PublicKey key, String hostId, List<String> names) {
    Issuer issuer = new Issuer(files.required(AUTHORITY), files.key(AUTHORITY_KEY), clock);
    return issuer.host(key, hostId, SubjectNames.canonical(names));
  }

  private static PublicKey publicKey(byte[] encoded) {
    try {
      return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(encoded));
    } catch (GeneralSecurityException e) {
      throw EngineException.invalid("publicKey: not an EC key in X.509 form: " + e.getMessage());
    }
  }

  /** What a new host gets besides its certificate. */
  public record Authority(String certificate, String key) {}

  /** The authority, in PEM. */
  public Authority authority() {
    KeyPair key = files.keyPair(AUTHORITY_KEY);
    return new Authority(
        PemDirectory.pem(files.required(AUTHORITY)), PemDirectory.pem(key.getPrivate()));
  }

  /** Keeps what a fleet has given to this host, whose key {@link #newKey} has made. */
  public void accept(Authority authority, String certificate) {
    files.write(AUTHORITY_KEY, authority.key(), /* secret= */ true);
    files.write(AUTHORITY, authority.certificate(), /* secret= */ false);
    files.write(CERTIFICATE, certificate, /* secret= */ false);
    proof();
  }

  /** By what this host proves who it is. */
  public record Proof(PrivateKey key, X509Certificate certificate, X509Certificate authority) {
    /** TLS with the other hosts. */
    public MutualTls tls() {
      return MutualTls.of(authority, certificate, key);
    }
  }

  /**
   * The proof as the files have it.
   *
   * @throws EngineException when they do not fit together
   */
  public Proof proof() {
    X509Certificate authority = files.required(AUTHORITY);
    X509Certificate own = files.required(CERTIFICATE);
    PrivateKey key = files.key(KEY);
    if (!Issuer.issued(authority, own)) {
      throw files.problem(CERTIFICATE, "was not issued by the authority in " + AUTHORITY);
    }
    if (!Issuer.belongTogether(own, key)) {
      throw files.problem(KEY, "does not belong to " + CERTIFICATE);
    }
    return new Proof(key, own, authority);
  }

  /** The proof as files for CRIU, which reads the key in a form of its own only. */
  public PageTransport pageTransport(String address) {
    files.writeSec1(KEY_FOR_CRIU, files.keyPair(KEY));
    return new PageTransport(
        address,
        directory.resolve(AUTHORITY),
        directory.resolve(CERTIFICATE),
        directory.resolve(KEY_FOR_CRIU));
  }

  /** SHA-256 of the authority's certificate, 64 hex digits: by it a new host knows its fleet. */
  public String digest() {
    return digest(files.required(AUTHORITY));
  }

  static String digest(X509Certificate authority) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(authority.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
