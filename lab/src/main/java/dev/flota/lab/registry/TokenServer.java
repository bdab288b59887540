package dev.flota.lab.registry;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.flota.lab.registry.AccessPolicy.Anonymous;
import dev.flota.lab.registry.AccessPolicy.Caller;
import dev.flota.lab.registry.AccessPolicy.User;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;

/**
 * Hands out registry tokens for basic credentials, or without any for what everybody may pull, as
 * {@code auth.docker.io} does for Docker Hub.
 *
 * <p>{@code GET /token?service=…&scope=…} answers 200 with the token, 401 where credentials are
 * wrong. {@code POST /token} (the OAuth2 form) takes the password grant. {@code GET /healthy}
 * answers 200 as soon as the server listens.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">Token authentication
 *     specification of the distribution project</a>
 */
final class TokenServer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NOBODY = "";

  private final HttpServer server;
  private final AccessPolicy policy;
  private final TokenIssuer issuer;
  private final Clock clock;

  private TokenServer(HttpServer server, AccessPolicy policy, TokenIssuer issuer, Clock clock) {
    this.server = server;
    this.policy = policy;
    this.issuer = issuer;
    this.clock = clock;
  }

  /** Starts to answer on a server that is bound and not yet started. */
  static TokenServer start(
      HttpServer server, AccessPolicy policy, TokenIssuer issuer, Clock clock) {
    TokenServer tokens = new TokenServer(server, policy, issuer, clock);
    server.createContext("/healthy", exchange -> answer(exchange, 200, Map.of("status", "ok")));
    server.createContext("/token", tokens::handleToken);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    return tokens;
  }

  int port() {
    return server.getAddress().getPort();
  }

  void stop() {
    server.stop(0);
  }

  private void handleToken(HttpExchange exchange) throws IOException {
    List<Parameter> parameters = parameters(exchange);
    Optional<Caller> caller = caller(exchange, parameters);
    if (caller.isEmpty()) {
      answer(exchange, 401, Map.of("details", "incorrect username or password"));
      return;
    }
    answer(exchange, 200, tokenFor(caller.get(), parameters));
  }

  private Map<String, Object> tokenFor(Caller caller, List<Parameter> parameters) {
    List<Scope> granted = policy.grant(caller, wantedScopes(parameters));
    String subject =
        switch (caller) {
          case Anonymous ignored -> NOBODY;
          case User user -> user.name();
        };
    Instant now = clock.instant();
    String token = issuer.issue(subject, first(parameters, "service").orElse(""), granted, now);
    return Map.of(
        "token",
        token,
        "access_token",
        token,
        "expires_in",
        TokenIssuer.LIFETIME.toSeconds(),
        "issued_at",
        now.toString());
  }

  /** Empty where credentials were given and are wrong. */
  private Optional<Caller> caller(HttpExchange exchange, List<Parameter> parameters) {
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    if (authorization != null) {
      return basicCredentials(authorization).flatMap(given -> known(given.name(), given.value()));
    }
    Optional<String> password = first(parameters, "password");
    if (password.isPresent()) {
      return known(first(parameters, "username").orElse(""), password.get());
    }
    return Optional.of(new Anonymous());
  }

  private Optional<Caller> known(String user, String password) {
    return policy.accepts(user, password) ? Optional.of(new User(user)) : Optional.empty();
  }

  private static Optional<Parameter> basicCredentials(String authorization) {
    String scheme = "Basic ";
    if (!authorization.regionMatches(true, 0, scheme, 0, scheme.length())) {
      return Optional.empty();
    }
    try {
      byte[] decoded = Base64.getDecoder().decode(authorization.substring(scheme.length()).strip());
      return Optional.of(Parameter.split(new String(decoded, StandardCharsets.UTF_8), ':'));
    } catch (IllegalArgumentException e) {
      // Not base64: wrong credentials, as any other that nobody has.
      return Optional.empty();
    }
  }

  private static List<Scope> wantedScopes(List<Parameter> parameters) {
    return parameters.stream()
        .filter(parameter -> parameter.name().equals("scope"))
        .flatMap(parameter -> Arrays.stream(parameter.value().split(" ", -1)))
        .flatMap(text -> Scope.parse(text).stream())
        .toList();
  }

  private static Optional<String> first(List<Parameter> parameters, String name) {
    return parameters.stream()
        .filter(parameter -> parameter.name().equals(name))
        .map(Parameter::value)
        .findFirst();
  }

  /** Of the query and, for a form, of the body. */
  private static List<Parameter> parameters(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String query = Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
    return Arrays.stream((query + "&" + body).split("&", -1))
        .filter(part -> !part.isEmpty())
        .map(part -> Parameter.split(part, '=').decoded())
        .toList();
  }

  private static void answer(HttpExchange exchange, int status, Map<String, Object> content)
      throws IOException {
    byte[] body = JSON.writeValueAsBytes(content);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  /** A name and its value, as in a query or in basic credentials. */
  private record Parameter(String name, String value) {
    static Parameter split(String text, char separator) {
      int at = text.indexOf(separator);
      return at < 0
          ? new Parameter(text, "")
          : new Parameter(text.substring(0, at), text.substring(at + 1));
    }

    Parameter decoded() {
      return new Parameter(decode(name), decode(value));
    }

    private static String decode(String text) {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
  }
}
