package dev.flota.lab.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenServerTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final String ALPINE = "scope=repository:library/alpine:pull";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  @TempDir private static Path directory;
  private static SelfSigned signing;
  private TokenServer server;

  @BeforeAll
  static void makeKey() throws IOException, GeneralSecurityException {
    signing = SelfSigned.in(directory);
  }

  @BeforeEach
  void start() throws IOException, GeneralSecurityException {
    TokenIssuer issuer =
        new TokenIssuer(
            "flota-lab",
            PemFiles.privateKey(signing.key(), "RSA"),
            PemFiles.certificate(signing.certificate()));
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server =
        TokenServer.start(
            http, new AccessPolicy("flota", "right"), issuer, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  @AfterEach
  void stop() {
    server.stop();
    client.close();
  }

  @Test
  void tokenCarriesWhatWasGranted() throws Exception {
    HttpResponse<String> response = get("service=registry.flota.lab&" + ALPINE, null);

    assertThat(response.statusCode()).isEqualTo(200);
    JsonNode answer = JSON.readTree(response.body());
    assertThat(answer.get("access_token")).isEqualTo(answer.get("token"));
    assertThat(answer.get("expires_in").asInt()).isEqualTo(300);
    JsonNode claims = part(answer.get("token").asText(), 1);
    assertThat(claims.get("iss").asText()).isEqualTo("flota-lab");
    assertThat(claims.get("aud").asText()).isEqualTo("registry.flota.lab");
    assertThat(claims.get("exp").asLong()).isEqualTo(NOW.plusSeconds(300).getEpochSecond());
    assertThat(claims.get("nbf").asLong()).isLessThanOrEqualTo(NOW.getEpochSecond());
    assertThat(claims.get("access").get(0).get("type").asText()).isEqualTo("repository");
    assertThat(claims.get("access").get(0).get("name").asText()).isEqualTo("library/alpine");
    assertThat(claims.get("access").get(0).get("actions").get(0).asText()).isEqualTo("pull");
  }

  @Test
  void signatureIsThatOfTheCertificateInTheHeader() throws Exception {
    String token = token(get("service=s&" + ALPINE, null));

    X509Certificate certificate = certificateOf(part(token, 0));
    Signature verification = Signature.getInstance("SHA256withRSA");
    verification.initVerify(certificate);
    int end = token.lastIndexOf('.');
    verification.update(token.substring(0, end).getBytes(StandardCharsets.US_ASCII));

    assertThat(verification.verify(Base64.getUrlDecoder().decode(token.substring(end + 1))))
        .isTrue();
    assertThat(certificate).isEqualTo(PemFiles.certificate(signing.certificate()));
  }

  @Test
  void rightCredentialsGrantPush() throws Exception {
    String scopes = "service=s&scope=repository:secret/app:pull,push&" + ALPINE;

    JsonNode access = part(token(get(scopes, "flota:right")), 1).get("access");

    assertThat(access).hasSize(2);
    assertThat(access.get(0).get("actions")).hasSize(2);
  }

  @Test
  void wrongCredentialsAreRefusedEvenForPublicImages() throws Exception {
    HttpResponse<String> response = get("service=s&" + ALPINE, "flota:wrong");

    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(JSON.readTree(response.body()).get("details").asText())
        .isEqualTo("incorrect username or password");
  }

  @Test
  void withoutCredentialsAPrivateImageIsNotGranted() throws Exception {
    String token = token(get("service=s&scope=repository:secret/app:pull", null));

    assertThat(part(token, 1).get("access")).isEmpty();
  }

  @Test
  void takesThePasswordGrantAsAForm() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri(""))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(
                BodyPublishers.ofString(
                    "grant_type=password&username=flota&password=right&service=s"
                        + "&scope=repository%3Asecret%2Fapp%3Apull"))
            .build();

    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());

    assertThat(part(token(response), 1).get("sub").asText()).isEqualTo("flota");
    assertThat(part(token(response), 1).get("access")).hasSize(1);
  }

  @Test
  void credentialsThatAreNotBase64AreWrong() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri("service=s")).header("Authorization", "Basic ***").build();

    assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
  }

  private HttpResponse<String> get(String query, @Nullable String basic) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(query));
    if (basic != null) {
      String encoded = Base64.getEncoder().encodeToString(basic.getBytes(StandardCharsets.UTF_8));
      request.header("Authorization", "Basic " + encoded);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private URI uri(String query) {
    return URI.create("http://127.0.0.1:" + server.port() + "/token?" + query);
  }

  private static String token(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body()).get("token").asText();
  }

  private static JsonNode part(String token, int number) throws IOException {
    return JSON.readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[number]));
  }

  private static X509Certificate certificateOf(JsonNode header) throws GeneralSecurityException {
    byte[] encoded = Base64.getDecoder().decode(header.get("x5c").get(0).asText());
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(encoded));
  }
}
