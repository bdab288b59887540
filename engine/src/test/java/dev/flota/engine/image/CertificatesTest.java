package dev.flota.engine.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;

/** Registries over TLS, with the directory in Docker's {@code certs.d} layout. */
class CertificatesTest extends ImagesTestBase {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private KeyStore generated(String name) throws Exception {
    Path file = directory.resolve(name + ".p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    int status =
        new ProcessBuilder(
                keytool,
                "-genkeypair",
                "-alias",
                "key",
                "-keyalg",
                "RSA",
                "-dname",
                "CN=" + name,
                "-ext",
                "SAN=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    assertThat(status).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  private static SSLContext context(KeyStore keys, KeyStore trusted)
      throws GeneralSecurityException {
    KeyManagerFactory keyManagers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, PASSWORD);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore certificates = trustStore(trusted.getCertificate("key"));
    trust.init(certificates);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keyManagers.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore trustStore(Certificate certificate) throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      store.load(null, null);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    store.setCertificateEntry("client", certificate);
    return store;
  }

  private static String pem(String kind, byte[] content) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + Base64.getMimeEncoder().encodeToString(content)
        + "\n-----END "
        + kind
        + "-----\n";
  }

  private Path certificates(BadRegistry registry) throws IOException {
    return Files.createDirectories(directory.resolve("certs.d").resolve(registry.host()));
  }

  @Test
  void takesAnyCertificateOnLoopback() throws Exception {
    KeyStore server = generated("server");
    try (BadRegistry secure = new BadRegistry(context(server, server))) {
      secure.push("app", "latest", new TestImage().layer(tar("a", "x")));
      String name = secure.host() + "/app";
      assertThat(pull(images(List.of()), name).tags()).containsExactly(name + ":latest");
    }
  }

  @Test
  void showsItsClientCertificate() throws Exception {
    KeyStore server = generated("server");
    KeyStore client = generated("client");
    SSLContext context = context(server, client);
    HttpsConfigurator demanding =
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters demands = context.getDefaultSSLParameters();
            demands.setNeedClientAuth(true);
            parameters.setSSLParameters(demands);
          }
        };
    try (BadRegistry secure = new BadRegistry(demanding)) {
      secure.push("app", "latest", new TestImage().layer(tar("a", "x")));
      String name = secure.host() + "/app";
      assertThatThrownBy(() -> pull(images(List.of()), name)).isNotNull();
      Path own = certificates(secure);
      Files.writeString(
          own.resolve("me.cert"), pem("CERTIFICATE", client.getCertificate("key").getEncoded()));
      assertThatThrownBy(() -> pull(images(List.of()), name))
          .hasMessageContaining("missing key me.key for client certificate me.cert");
      PrivateKey key = (PrivateKey) client.getKey("key", PASSWORD);
      Files.writeString(own.resolve("me.key"), pem("PRIVATE KEY", key.getEncoded()));
      assertThat(pull(images(List.of()), name).tags()).hasSize(1);
      Files.writeString(own.resolve("me.key"), pem("RSA PRIVATE KEY", pkcs1(key.getEncoded())));
      assertThat(pull(images(List.of()), name).tags()).hasSize(1);
    }
  }

  /** RSA's older form is what PKCS#8 holds after its version and algorithm. */
  private static byte[] pkcs1(byte[] pkcs8) {
    int start = 26;
    assertThat(pkcs8[start]).isEqualTo((byte) 0x30);
    byte[] inner = new byte[pkcs8.length - start];
    System.arraycopy(pkcs8, start, inner, 0, inner.length);
    return inner;
  }
}
