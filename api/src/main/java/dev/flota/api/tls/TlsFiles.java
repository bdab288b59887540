package dev.flota.api.tls;

import dev.flota.engine.EngineException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The certificates of the API's TCP listener in one directory, under the names that {@code docker
 * --tlsverify} expects: {@code ca.pem}, {@code cert.pem} and {@code key.pem} for clients, {@code
 * server-cert.pem} and {@code server-key.pem} for the daemon, {@code ca-key.pem} for the authority.
 *
 * <p>A key is made once and stays; certificates are issued for it again when they run out. So a
 * crash between two files leaves nothing that does not fit together. A user may bring certificates
 * of an authority of their own and leave {@code ca-key.pem} out: then they are used as they are.
 */
public final class TlsFiles {
  private static final Duration RENEWAL_MARGIN = Duration.ofDays(30);

  private final PemDirectory files;
  private final Clock clock;

  /** Nothing is touched yet. */
  public TlsFiles(Path directory, Clock clock) {
    this.files = new PemDirectory(directory);
    this.clock = clock;
  }

  /**
   * Makes what is missing or runs out within 30 days; the server's certificate also when it lacks
   * one of {@code serverNames}. Does nothing when all is well.
   *
   * @param serverNames host names and addresses by which clients reach the daemon; {@code
   *     localhost} and {@code 127.0.0.1} are always among them
   * @throws EngineException when a file is damaged or of another authority: it is not overwritten
   */
  public void ensure(List<String> serverNames) {
    files.create();
    Optional<X509Certificate> present = files.certificate("ca.pem");
    if (present.isPresent() && !files.exists("ca-key.pem")) {
      useForeign(present.get(), serverNames);
      return;
    }
    PrivateKey authorityKey = key("ca-key.pem");
    X509Certificate authority = authority(present, authorityKey);
    Issuer issuer = new Issuer(authority, authorityKey, clock);
    ensureServer(issuer, serverNames);
    ensureClient(issuer);
  }

  /** Only checks: nothing can be issued without the authority's key. */
  private void useForeign(X509Certificate authority, List<String> serverNames) {
    X509Certificate server =
        files
            .certificate("server-cert.pem")
            .orElseThrow(() -> files.problem("ca-key.pem", "is missing: nothing can be issued"));
    checkOwn("server-cert.pem", server, authority);
    checkKey("server-cert.pem", server, "server-key.pem", files.key("server-key.pem"));
    if (runsOut(server, Duration.ZERO)) {
      throw files.problem("server-cert.pem", "has run out, and ca-key.pem is missing to renew it");
    }
    Set<String> lacking = lacking(server, serverNames);
    if (!lacking.isEmpty()) {
      throw files.problem(
          "server-cert.pem", "does not name " + lacking + ", and ca-key.pem is missing");
    }
  }

  private X509Certificate authority(Optional<X509Certificate> present, PrivateKey key) {
    if (present.isPresent()) {
      checkKey("ca.pem", present.get(), "ca-key.pem", key);
      if (present.get().getBasicConstraints() < 0) {
        throw files.problem("ca.pem", "is not the certificate of an authority");
      }
      if (!runsOut(present.get(), RENEWAL_MARGIN)) {
        return present.get();
      }
    }
    X509Certificate made =
        Issuer.authority(files.keyPair("ca-key.pem"), clock, "Flota API authority");
    files.write("ca.pem", made);
    return made;
  }

  private void ensureServer(Issuer issuer, List<String> serverNames) {
    PrivateKey key = key("server-key.pem");
    Optional<X509Certificate> present = files.certificate("server-cert.pem");
    Set<String> names = new LinkedHashSet<>(SubjectNames.ALWAYS);
    if (present.isPresent()) {
      checkOwn("server-cert.pem", present.get(), issuer.authority());
      checkKey("server-cert.pem", present.get(), "server-key.pem", key);
      if (lacking(present.get(), serverNames).isEmpty()
          && !runsOut(present.get(), RENEWAL_MARGIN)) {
        return;
      }
      names.addAll(SubjectNames.of(present.get()));
    }
    names.addAll(SubjectNames.canonical(serverNames));
    files.write("server-cert.pem", issuer.server(files.keyPair("server-key.pem"), names));
  }

  private static Set<String> lacking(X509Certificate server, List<String> serverNames) {
    Set<String> lacking = new LinkedHashSet<>(SubjectNames.canonical(serverNames));
    lacking.removeAll(SubjectNames.of(server));
    return lacking;
  }

  private void ensureClient(Issuer issuer) {
    PrivateKey key = key("key.pem");
    Optional<X509Certificate> present = files.certificate("cert.pem");
    if (present.isPresent()) {
      checkOwn("cert.pem", present.get(), issuer.authority());
      checkKey("cert.pem", present.get(), "key.pem", key);
      if (!runsOut(present.get(), RENEWAL_MARGIN)) {
        return;
      }
    }
    files.write("cert.pem", issuer.client(files.keyPair("key.pem")));
  }

  private PrivateKey key(String name) {
    if (!files.exists(name)) {
      KeyPair made = Issuer.keyPair();
      files.write(name, made);
      return made.getPrivate();
    }
    files.hide(name);
    return files.key(name);
  }

  private boolean runsOut(X509Certificate certificate, Duration margin) {
    return certificate.getNotAfter().toInstant().isBefore(clock.instant().plus(margin));
  }

  private void checkOwn(String name, X509Certificate certificate, X509Certificate authority) {
    if (!Issuer.issued(authority, certificate)) {
      throw files.problem(name, "was not issued by the authority in ca.pem");
    }
  }

  private void checkKey(
      String certificateName, X509Certificate certificate, String keyName, PrivateKey key) {
    if (!Issuer.belongTogether(certificate, key)) {
      throw files.problem(keyName, "does not belong to " + certificateName);
    }
  }

  /**
   * What the listener needs, from the files as they are now.
   *
   * @throws EngineException when one is missing or damaged
   */
  public MutualTls serverContext() {
    return MutualTls.of(
        files.required("ca.pem"), files.required("server-cert.pem"), files.key("server-key.pem"));
  }
}
