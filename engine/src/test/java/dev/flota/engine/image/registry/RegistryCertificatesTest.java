package dev.flota.engine.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.flota.engine.EngineSettings;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An endpoint whose certificate must be good. */
class RegistryCertificatesTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir Path directory;
  private HttpsServer server;
  private KeyStore keys;

  @BeforeEach
  void start() throws Exception {
    keys = keys();
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/v2/",
        exchange -> {
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private KeyStore keys() throws Exception {
    Path file = directory.resolve("keys.p12");
    int status =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "key",
                "-keyalg",
                "EC",
                "-dname",
                "CN=registry",
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

  private int version(String host) throws Exception {
    EngineSettings.Registry settings =
        new EngineSettings.Registry(List.of(), List.of(), directory.resolve("certs.d"), 3, 1, 60);
    URI base = URI.create("https://" + host + ":" + server.getAddress().getPort());
    try (Connections connections = new Connections(settings)) {
      return RegistryClient.forRepository(
              new Endpoint(base, false, true),
              "app",
              null,
              connections,
              new Backoff(1, Duration.ZERO, Duration.ZERO))
          .version();
    }
  }

  private void trust(String host) throws Exception {
    Path own =
        Files.createDirectories(
            directory.resolve("certs.d/" + host + ":" + server.getAddress().getPort()));
    String base64 = Base64.getEncoder().encodeToString(keys.getCertificate("key").getEncoded());
    Files.writeString(
        own.resolve("ca.crt"),
        "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
  }

  @Test
  void refusesAnUnknownAuthority() {
    assertThatThrownBy(() -> version("127.0.0.1"))
        .hasMessageStartingWith("Get \"https://127.0.0.1:")
        .hasMessageEndingWith(
            "tls: failed to verify certificate: x509: certificate signed by unknown authority");
  }

  @Test
  void trustsTheRegistrysOwnAuthority() throws Exception {
    trust("127.0.0.1");
    assertThat(version("127.0.0.1")).isEqualTo(200);
  }

  @Test
  void refusesACertificateForAnotherHost() throws Exception {
    trust("localhost");
    assertThatThrownBy(() -> version("localhost"))
        .hasMessageEndingWith("x509: certificate is not valid for localhost");
  }
}
