package dev.flota.engine.image.registry;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What a registry's directory in Docker's {@code certs.d} layout holds: authorities to be trusted
 * beside the system's ({@code *.crt}), and client certificates ({@code NAME.cert} with {@code
 * NAME.key}).
 */
final class RegistryCertificates {
  private static final char[] NO_PASSWORD = {};

  private RegistryCertificates() {}

  /**
   * The TLS context for a registry; null when it needs none of its own.
   *
   * @param verified false to accept any certificate
   */
  static @Nullable SSLContext context(Path directory, boolean verified) throws IOException {
    boolean own = Files.isDirectory(directory);
    if (verified && !own) {
      return null;
    }
    try {
      TrustManager[] trust = verified ? trust(directory) : new TrustManager[] {new BlindTrust()};
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own ? keys(directory) : null, trust, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("certificates in " + directory + " cannot be used", e);
    }
  }

  private static TrustManager[] trust(Path directory) throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    for (X509Certificate each : systemAuthorities()) {
      store.setCertificateEntry("system" + store.size(), each);
    }
    for (Path file : files(directory, "*.crt")) {
      for (Certificate each : certificates(file)) {
        store.setCertificateEntry("own" + store.size(), each);
      }
    }
    return factory(store).getTrustManagers();
  }

  private static List<X509Certificate> systemAuthorities() throws GeneralSecurityException {
    List<X509Certificate> authorities = new ArrayList<>();
    for (TrustManager each : factory(null).getTrustManagers()) {
      if (each instanceof X509TrustManager system) {
        authorities.addAll(List.of(system.getAcceptedIssuers()));
      }
    }
    return authorities;
  }

  private static TrustManagerFactory factory(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory;
  }

  private static KeyManager[] keys(Path directory) throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    for (Path file : files(directory, "*.cert")) {
      String name = String.valueOf(file.getFileName());
      String keyName = name.substring(0, name.length() - "cert".length()) + "key";
      Path keyFile = file.resolveSibling(keyName);
      if (!Files.exists(keyFile)) {
        throw new IOException(
            "missing key "
                + keyName
                + " for client certificate "
                + name
                + ". CA certificates must use the extension .crt");
      }
      Certificate[] chain = certificates(file).toArray(Certificate[]::new);
      store.setKeyEntry(name, PemKey.read(Files.readString(keyFile)), NO_PASSWORD, chain);
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static List<Path> files(Path directory, String pattern) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, pattern)) {
      found.forEach(files::add);
    }
    return files;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
  }

  /** For registries that the settings call insecure: takes any certificate and any name. */
  private static final class BlindTrust extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
