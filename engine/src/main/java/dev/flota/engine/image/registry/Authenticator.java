package dev.flota.engine.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.image.RegistryAuth;
import dev.flota.engine.image.registry.RegistryException.Reason;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers a registry's challenges: basic (RFC 7617), and bearer tokens fetched from the realm the
 * challenge names (distribution project, "Token Authentication Specification" and "OAuth2 Token
 * Authentication"). Keeps one answer and uses it until it is refused.
 */
final class Authenticator {
  private static final String CLIENT = "docker";
  private static final int ANSWER_LIMIT = 1 << 20;

  /** Sends one request to a token server. */
  @FunctionalInterface
  interface Exchange {
    HttpResponse<InputStream> send(HttpRequest request) throws IOException;
  }

  private final Endpoint endpoint;
  private final @Nullable RegistryAuth auth;
  private final String scope;
  private final boolean login;
  private final Exchange exchange;
  private @Nullable String header;
  private String identityToken = "";

  /**
   * An authenticator for one endpoint.
   *
   * @param scope what a token is to be good for, if the challenge does not say
   * @param login whether a refresh token is wanted
   */
  Authenticator(
      Endpoint endpoint,
      @Nullable RegistryAuth auth,
      String scope,
      boolean login,
      Exchange exchange) {
    this.endpoint = endpoint;
    this.auth = auth;
    this.scope = scope;
    this.login = login;
    this.exchange = exchange;
    if (auth != null && !orEmpty(auth.registryToken()).isEmpty()) {
      this.header = "Bearer " + auth.registryToken();
    }
  }

  /** The value for {@code Authorization}; null as long as nothing was asked for. */
  synchronized @Nullable String header() {
    return header;
  }

  /** The refresh token the registry gave, or an empty text. */
  synchronized String identityToken() {
    return identityToken;
  }

  /**
   * A fresh answer to a refusal.
   *
   * @param refused the value that was refused; when another thread has got a new one since, that is
   *     taken
   * @return null when the challenges cannot be answered
   */
  synchronized @Nullable String answer(List<Challenge> challenges, @Nullable String refused)
      throws IOException {
    if (header != null && !header.equals(refused)) {
      return header;
    }
    for (Challenge challenge : challenges) {
      if (challenge.scheme().equals("bearer") && challenge.parameter("realm") != null) {
        header = "Bearer " + token(challenge);
        return header;
      }
    }
    boolean basic = challenges.stream().anyMatch(each -> each.scheme().equals("basic"));
    if (!basic) {
      return null;
    }
    RegistryAuth known = auth;
    if (known == null || !known.hasPassword()) {
      throw new RegistryException(Reason.UNAUTHORIZED, "no basic auth credentials");
    }
    header = basic(known);
    return header.equals(refused) ? null : header;
  }

  private String token(Challenge challenge) throws IOException {
    URI realm = realm(challenge);
    RegistryAuth known = auth;
    String identity = known == null ? "" : orEmpty(known.identityToken());
    HttpRequest.Builder request =
        known != null && !identity.isEmpty()
            ? refreshRequest(realm, challenge, identity)
            : tokenRequest(realm, challenge, known);
    HttpResponse<InputStream> response = exchange.send(request.build());
    byte[] body;
    try (InputStream in = response.body()) {
      body = in.readNBytes(ANSWER_LIMIT);
    }
    if (response.statusCode() != 200) {
      throw ErrorAnswer.of(response.statusCode(), List.of(), body);
    }
    return tokenIn(Json.PLAIN.readTree(body));
  }

  private String tokenIn(JsonNode answer) throws RegistryException {
    String refresh = answer.path("refresh_token").asText("");
    if (!refresh.isEmpty()) {
      identityToken = refresh;
    }
    String token = answer.path("token").asText("");
    String chosen = token.isEmpty() ? answer.path("access_token").asText("") : token;
    if (chosen.isEmpty()) {
      throw new RegistryException(
          Reason.OTHER, "authorization server did not include a token in the response");
    }
    return chosen;
  }

  /** A password goes out unencrypted only where the settings allow it for the registry itself. */
  private URI realm(Challenge challenge) throws RegistryException {
    String text = orEmpty(challenge.parameter("realm"));
    try {
      URI realm = URI.create(text);
      String scheme = orEmpty(realm.getScheme());
      if (scheme.equals("https") || (scheme.equals("http") && !endpoint.verified())) {
        return realm;
      }
    } catch (IllegalArgumentException e) {
      throw new RegistryException(Reason.OTHER, "invalid token auth challenge realm: " + text, e);
    }
    throw new RegistryException(Reason.OTHER, "invalid token auth challenge realm: " + text);
  }

  private HttpRequest.Builder tokenRequest(
      URI realm, Challenge challenge, @Nullable RegistryAuth known) {
    List<String> query = new ArrayList<>();
    String service = orEmpty(challenge.parameter("service"));
    if (!service.isEmpty()) {
      query.add("service=" + encoded(service));
    }
    for (String each : scopes(challenge)) {
      query.add("scope=" + encoded(each));
    }
    boolean password = known != null && known.hasPassword();
    if (login) {
      query.add("offline_token=true");
      query.add("client_id=" + CLIENT);
    }
    if (known != null && password) {
      query.add("account=" + encoded(orEmpty(known.username())));
    }
    HttpRequest.Builder request = HttpRequest.newBuilder(withQuery(realm, query)).GET();
    return known != null && password ? request.header("Authorization", basic(known)) : request;
  }

  private HttpRequest.Builder refreshRequest(URI realm, Challenge challenge, String identity) {
    List<String> form = new ArrayList<>();
    form.add("grant_type=refresh_token");
    form.add("service=" + encoded(orEmpty(challenge.parameter("service"))));
    form.add("client_id=" + CLIENT);
    form.add("scope=" + encoded(String.join(" ", scopes(challenge))));
    form.add("refresh_token=" + encoded(identity));
    return HttpRequest.newBuilder(realm)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(String.join("&", form)));
  }

  private List<String> scopes(Challenge challenge) {
    String asked = orEmpty(challenge.parameter("scope"));
    String chosen = asked.isEmpty() ? scope : asked;
    return chosen.isEmpty() ? List.of() : List.of(chosen.split(" ", -1));
  }

  private static URI withQuery(URI realm, List<String> query) {
    String text = realm.toString();
    String separator = realm.getRawQuery() == null ? "?" : "&";
    return query.isEmpty() ? realm : URI.create(text + separator + String.join("&", query));
  }

  private static String basic(RegistryAuth auth) {
    String pair = orEmpty(auth.username()) + ":" + orEmpty(auth.password());
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
