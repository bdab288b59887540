package dev.flota.lab.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Makes the signed tokens (JWT, RS256) that docker-registry 2.8 takes: the signing certificate
 * travels in the header's {@code x5c}, and the registry trusts it because its {@code
 * rootcertbundle} holds the same certificate.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/jwt/">Token authentication
 *     implementation of the distribution project</a>
 */
final class TokenIssuer {
  static final Duration LIFETIME = Duration.ofMinutes(5);

  /** Clocks of registry and issuer may differ a little, even on one machine. */
  private static final Duration CLOCK_MARGIN = Duration.ofSeconds(10);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Base64.Encoder BASE64_URL = Base64.getUrlEncoder().withoutPadding();

  private final String issuer;
  private final PrivateKey key;
  private final X509Certificate certificate;

  TokenIssuer(String issuer, PrivateKey key, X509Certificate certificate) {
    this.issuer = issuer;
    this.key = key;
    this.certificate = certificate;
  }

  String issue(String subject, String audience, List<Scope> granted, Instant now) {
    try {
      String signed = encode(header()) + "." + encode(claims(subject, audience, granted, now));
      return signed + "." + BASE64_URL.encodeToString(sign(signed));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the token cannot be signed", e);
    }
  }

  private Map<String, Object> header() throws GeneralSecurityException {
    String chain = Base64.getEncoder().encodeToString(certificate.getEncoded());
    return Map.of("typ", "JWT", "alg", "RS256", "x5c", List.of(chain));
  }

  private Map<String, Object> claims(
      String subject, String audience, List<Scope> granted, Instant now) {
    return Map.of(
        "iss",
        issuer,
        "sub",
        subject,
        "aud",
        audience,
        "iat",
        now.getEpochSecond(),
        "nbf",
        now.minus(CLOCK_MARGIN).getEpochSecond(),
        "exp",
        now.plus(LIFETIME).getEpochSecond(),
        "jti",
        UUID.randomUUID().toString(),
        "access",
        granted);
  }

  private byte[] sign(String text) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(key);
    signature.update(text.getBytes(StandardCharsets.US_ASCII));
    return signature.sign();
  }

  private static String encode(Map<String, Object> part) {
    try {
      return BASE64_URL.encodeToString(JSON.writeValueAsBytes(part));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a token's part is not JSON", e);
    }
  }
}
