package dev.flota.api.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TlsFilesTest {
  private static final List<String> NAMES = List.of("node.example.com", "10.0.0.7");

  @TempDir Path directory;

  private TlsFiles made(String name, Duration later) {
    Clock clock = Clock.offset(Clock.systemUTC(), later);
    TlsFiles files = new TlsFiles(directory.resolve(name), clock);
    files.ensure(NAMES);
    return files;
  }

  private Map<String, String> contents(String name) throws IOException {
    Map<String, String> contents = new HashMap<>();
    try (Stream<Path> files = Files.list(directory.resolve(name))) {
      for (Path file : files.toList()) {
        contents.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return contents;
  }

  private SSLEngine client(String name, String certificate, String key) {
    PemDirectory files = new PemDirectory(directory.resolve(name));
    return client(
        MutualTls.of(files.required("ca.pem"), files.required(certificate), files.key(key))
            .context(),
        "node.example.com");
  }

  /** As docker's client: the server's name is checked. */
  private static SSLEngine client(SSLContext context, String serverName) {
    SSLEngine engine = context.createSSLEngine(serverName, 2376);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    return engine;
  }

  @Test
  void aClientWithTheRightCertificateIsServed() throws SSLException {
    MutualTls server = made("a", Duration.ZERO).serverContext();
    assertThat(new Handshake(client("a", "cert.pem", "key.pem"), server.serverEngine()).send("hi"))
        .isEqualTo("hi");
  }

  @Test
  void theServerIsKnownByItsAddressesAndOtherNamesAreRefused() throws Exception {
    MutualTls server = made("a", Duration.ZERO).serverContext();
    PemDirectory files = new PemDirectory(directory.resolve("a"));
    SSLContext context =
        MutualTls.of(files.required("ca.pem"), files.required("cert.pem"), files.key("key.pem"))
            .context();
    for (String name : List.of("10.0.0.7", "127.0.0.1", "localhost")) {
      assertThat(new Handshake(client(context, name), server.serverEngine()).send("hi"))
          .isEqualTo("hi");
    }
    assertThatThrownBy(
            () -> new Handshake(client(context, "other"), server.serverEngine()).send("hi"))
        .isInstanceOf(SSLException.class);
  }

  @Test
  void aClientOfAnotherAuthorityIsRefused() throws Exception {
    MutualTls server = made("a", Duration.ZERO).serverContext();
    made("b", Duration.ZERO);
    Files.copy(
        directory.resolve("a/ca.pem"),
        directory.resolve("b/ca.pem"),
        StandardCopyOption.REPLACE_EXISTING);
    SSLEngine foreign = client("b", "cert.pem", "key.pem");
    assertThatThrownBy(() -> new Handshake(foreign, server.serverEngine()).send("hi"))
        .isInstanceOf(SSLException.class);
  }

  @Test
  void aClientWithoutCertificateIsRefused() throws Exception {
    MutualTls server = made("a", Duration.ZERO).serverContext();
    SSLContext anonymous = trustOnly(new PemDirectory(directory.resolve("a")).required("ca.pem"));
    assertThatThrownBy(
            () -> new Handshake(client(anonymous, "localhost"), server.serverEngine()).send("hi"))
        .isInstanceOf(SSLException.class);
  }

  private static SSLContext trustOnly(X509Certificate authority)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("authority", authority);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  @Test
  void theServersCertificateDoesNotServeAsAClients() {
    MutualTls server = made("a", Duration.ZERO).serverContext();
    SSLEngine disguised = client("a", "server-cert.pem", "server-key.pem");
    assertThatThrownBy(() -> new Handshake(disguised, server.serverEngine()).send("hi"))
        .isInstanceOf(SSLException.class);
  }

  @Test
  void whatIsWellIsLeftAsItIs() throws IOException {
    made("a", Duration.ZERO);
    Map<String, String> first = contents("a");
    assertThat(first)
        .containsOnlyKeys(
            "ca.pem", "ca-key.pem", "server-cert.pem", "server-key.pem", "cert.pem", "key.pem");
    made("a", Duration.ofDays(700));
    assertThat(contents("a")).isEqualTo(first);
  }

  @Test
  void keysAreForTheirOwnerOnly() throws IOException {
    made("a", Duration.ZERO);
    Files.setPosixFilePermissions(
        directory.resolve("a/key.pem"), PosixFilePermissions.fromString("rw-r--r--"));
    made("a", Duration.ZERO);
    for (String key : List.of("ca-key.pem", "server-key.pem", "key.pem")) {
      assertThat(Files.getPosixFilePermissions(directory.resolve("a").resolve(key)))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
  }

  @Test
  void whatRunsOutIsIssuedAnewForTheSameKeys() throws Exception {
    made("a", Duration.ofDays(-800));
    Map<String, String> first = contents("a");
    MutualTls server = made("a", Duration.ZERO).serverContext();
    Map<String, String> second = contents("a");
    assertThat(second.get("server-cert.pem")).isNotEqualTo(first.get("server-cert.pem"));
    assertThat(second.get("cert.pem")).isNotEqualTo(first.get("cert.pem"));
    for (String kept : List.of("ca.pem", "ca-key.pem", "server-key.pem", "key.pem")) {
      assertThat(second).containsEntry(kept, first.get(kept));
    }
    assertThat(new Handshake(client("a", "cert.pem", "key.pem"), server.serverEngine()).send("hi"))
        .isEqualTo("hi");
  }

  @Test
  void anAuthorityThatRunsOutKeepsItsKey() throws Exception {
    made("a", Duration.ofDays(-3640));
    String first = contents("a").get("ca.pem");
    MutualTls server = made("a", Duration.ZERO).serverContext();
    assertThat(contents("a").get("ca.pem")).isNotEqualTo(first);
    assertThat(new Handshake(client("a", "cert.pem", "key.pem"), server.serverEngine()).send("hi"))
        .isEqualTo("hi");
  }

  @Test
  void aNewNameIsAddedToTheServersCertificate() throws IOException {
    TlsFiles files = made("a", Duration.ZERO);
    String key = contents("a").get("server-key.pem");
    files.ensure(List.of("Other.example.com", "2001:db8::1"));
    X509Certificate server = new PemDirectory(directory.resolve("a")).required("server-cert.pem");
    assertThat(SubjectNames.of(server))
        .contains("other.example.com", "node.example.com", "10.0.0.7", "2001:db8:0:0:0:0:0:1");
    assertThat(contents("a")).containsEntry("server-key.pem", key);
    assertThatThrownBy(() -> files.ensure(List.of("no name")))
        .hasMessage("\"no name\" is neither a host name nor an address");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ca.pem",
        "ca-key.pem",
        "server-cert.pem",
        "server-key.pem",
        "cert.pem",
        "key.pem"
      })
  void aDamagedOrForeignFileIsNamedAndNotOverwritten(String name) throws IOException {
    made("a", Duration.ZERO);
    made("b", Duration.ZERO);
    Path file = directory.resolve("a").resolve(name);
    for (String wrong :
        List.of("", "nonsense", Files.readString(file).substring(0, 80), contents("b").get(name))) {
      String right = Files.readString(file);
      Files.writeString(file, wrong);
      assertThatThrownBy(() -> made("a", Duration.ZERO))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining(directory.resolve("a").toString());
      assertThat(file).hasContent(wrong);
      Files.writeString(file, right);
    }
    made("a", Duration.ZERO);
  }

  @Test
  void aCrashBetweenTwoFilesIsMadeGood() throws Exception {
    made("a", Duration.ZERO);
    for (String lost : List.of("cert.pem", "server-cert.pem")) {
      Files.delete(directory.resolve("a").resolve(lost));
    }
    MutualTls server = made("a", Duration.ZERO).serverContext();
    assertThat(new Handshake(client("a", "cert.pem", "key.pem"), server.serverEngine()).send("hi"))
        .isEqualTo("hi");
  }

  @Test
  void certificatesOfAUsersOwnAuthorityAreUsedAsTheyAre() throws IOException {
    TlsFiles files = made("a", Duration.ZERO);
    Files.delete(directory.resolve("a/ca-key.pem"));
    Map<String, String> first = contents("a");
    files.ensure(NAMES);
    assertThat(contents("a")).isEqualTo(first);
    assertThatThrownBy(() -> files.ensure(List.of("unknown.example.com")))
        .hasMessageContaining("does not name [unknown.example.com]");
    assertThatThrownBy(() -> made("a", Duration.ofDays(900)))
        .hasMessageContaining("has run out, and ca-key.pem is missing");
  }
}
