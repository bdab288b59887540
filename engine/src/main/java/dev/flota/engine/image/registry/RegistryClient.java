package dev.flota.engine.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.RegistryAuth;
import dev.flota.engine.image.registry.RegistryException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Speaks with one repository of a registry through one endpoint (OCI distribution-spec 1.1). Owns
 * route, headers, redirects, authentication and error texts; what to ask is a {@link RegistryCall}.
 */
public final class RegistryClient {
  private static final String USER_AGENT = "flota";
  private static final int REDIRECTS = 10;
  private static final int ERROR_LIMIT = 64 * 1024;

  private final Endpoint endpoint;
  private final String repository;
  private final Connections connections;
  private final Backoff backoff;
  private final Authenticator authenticator;
  private volatile boolean answered;

  private RegistryClient(
      Endpoint endpoint,
      String repository,
      @Nullable RegistryAuth auth,
      boolean login,
      Connections connections,
      Backoff backoff) {
    this.endpoint = endpoint;
    this.repository = repository;
    this.connections = connections;
    this.backoff = backoff;
    String scope = repository.isEmpty() ? "" : "repository:" + repository + ":pull";
    this.authenticator =
        new Authenticator(endpoint, endpoint.mirror() ? null : auth, scope, login, this::exchange);
  }

  /** For pulling from a repository. */
  public static RegistryClient forRepository(
      Endpoint endpoint,
      String repository,
      @Nullable RegistryAuth auth,
      Connections connections,
      Backoff backoff) {
    return new RegistryClient(endpoint, repository, auth, false, connections, backoff);
  }

  /** For checking credentials. */
  public static RegistryClient forLogin(
      Endpoint endpoint, RegistryAuth auth, Connections connections, Backoff backoff) {
    return new RegistryClient(endpoint, "", auth, true, connections, backoff);
  }

  /** The way this client goes. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** A tag's digest without the manifest; empty when the registry does not tell it this way. */
  public Optional<Digest> check(String tagOrDigest) throws IOException {
    return patiently(new ManifestChecker(repository, tagOrDigest));
  }

  /** The manifest or index a tag points to. */
  public PulledManifest manifest(String tag) throws IOException {
    return patiently(ManifestPuller.byTag(repository, tag));
  }

  /** The manifest or index with a digest. */
  public PulledManifest manifest(Digest digest) throws IOException {
    return patiently(ManifestPuller.byDigest(repository, digest));
  }

  /** All tags. */
  public List<String> tags() throws IOException {
    List<String> tags = new ArrayList<>();
    Optional<String> query = Optional.of("");
    while (query.isPresent()) {
      TagLister.Page page = patiently(new TagLister(repository, query.get()));
      tags.addAll(page.tags());
      query = page.tags().isEmpty() ? Optional.empty() : page.next();
    }
    return tags;
  }

  /** A blob from an offset on; once only: {@link BlobDownload} tries again. */
  InputStream blob(Digest digest, long offset) throws IOException {
    return call(new BlobPuller(repository, digest, offset));
  }

  /** A blob for {@link BlobDownload}. */
  public BlobDownload download(Digest digest, long size) {
    return new BlobDownload(this, digest, size, backoff);
  }

  /** Whether the registry takes the credentials: its HTTP status. */
  public int version() throws IOException {
    return patiently(new VersionChecker());
  }

  /** The refresh token the registry gave with the last answer, or an empty text. */
  public String identityToken() {
    return authenticator.identityToken();
  }

  private <T> T patiently(RegistryCall<T> call) throws IOException {
    int failures = 0;
    while (true) {
      try {
        return call(call);
      } catch (RegistryException e) {
        failures++;
        if (!e.isPassing() || failures >= backoff.attempts()) {
          throw e;
        }
        backoff.pause(failures);
      }
    }
  }

  private <T> T call(RegistryCall<T> call) throws IOException {
    URI uri = endpoint.resolve(call.path());
    String header = authenticator.header();
    HttpResponse<InputStream> response = follow(call, uri, header);
    if (response.statusCode() == 401) {
      String fresh = answerChallenge(call, uri, header, response);
      if (fresh != null) {
        response = follow(call, uri, fresh);
      }
    }
    if (call.understands(response.statusCode())) {
      return understood(call, uri, response);
    }
    throw error(call, uri, response);
  }

  private <T> T understood(RegistryCall<T> call, URI uri, HttpResponse<InputStream> response)
      throws IOException {
    try {
      return call.answer(response);
    } catch (RegistryException | InterruptedIOException e) {
      throw e;
    } catch (JsonProcessingException e) {
      throw new RegistryException(
          Reason.OTHER, "answer to " + uri + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw ConnectionTrouble.of(call.method(), uri, e);
    }
  }

  private @Nullable String answerChallenge(
      RegistryCall<?> call, URI uri, @Nullable String refused, HttpResponse<InputStream> response)
      throws IOException {
    List<Challenge> challenges = Challenge.parse(response.headers().allValues("WWW-Authenticate"));
    boolean insufficient =
        refused != null
            && challenges.stream()
                .anyMatch(each -> "insufficient_scope".equals(each.parameter("error")));
    if (insufficient) {
      return null;
    }
    try {
      String fresh = authenticator.answer(challenges, refused);
      if (fresh != null) {
        response.body().close();
      }
      return fresh;
    } catch (RegistryException e) {
      String text = ConnectionTrouble.verb(call.method()) + " \"" + uri + "\": " + e.text();
      throw new RegistryException(e.reason(), text, e);
    }
  }

  private static RegistryException error(
      RegistryCall<?> call, URI uri, HttpResponse<InputStream> response) throws IOException {
    byte[] body;
    try (InputStream in = response.body()) {
      body = in.readNBytes(ERROR_LIMIT);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw ConnectionTrouble.of(call.method(), uri, e);
    }
    return ErrorAnswer.of(
        response.statusCode(), response.headers().allValues("WWW-Authenticate"), body);
  }

  /** Follows redirects itself: credentials are for the registry, not for its storage's host. */
  private HttpResponse<InputStream> follow(
      RegistryCall<?> call, URI uri, @Nullable String authorization) throws IOException {
    URI current = uri;
    for (int i = 0; i < REDIRECTS; i++) {
      String header = sameOrigin(uri, current) ? authorization : null;
      HttpResponse<InputStream> response = exchange(request(call, current, header));
      Optional<String> location = response.headers().firstValue("Location");
      if (!isRedirect(response.statusCode()) || location.isEmpty()) {
        return response;
      }
      response.body().close();
      current = target(current, location.get());
    }
    throw new RegistryException(Reason.OTHER, "stopped after " + REDIRECTS + " redirects");
  }

  private static URI target(URI from, String location) throws RegistryException {
    try {
      URI target = from.resolve(location);
      String scheme = String.valueOf(target.getScheme());
      if (target.getHost() != null && (scheme.equals("https") || scheme.equals("http"))) {
        return target;
      }
    } catch (IllegalArgumentException e) {
      throw new RegistryException(Reason.OTHER, "invalid redirect to \"" + location + "\"", e);
    }
    throw new RegistryException(Reason.OTHER, "invalid redirect to \"" + location + "\"");
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private static boolean sameOrigin(URI one, URI other) {
    return Objects.equals(one.getScheme(), other.getScheme())
        && Objects.equals(one.getRawAuthority(), other.getRawAuthority());
  }

  private static HttpRequest request(
      RegistryCall<?> call, URI uri, @Nullable String authorization) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).method(call.method(), HttpRequest.BodyPublishers.noBody());
    for (Map.Entry<String, String> each : call.headers().entrySet()) {
      request.header(each.getKey(), each.getValue());
    }
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return request.build();
  }

  /** As long as nobody answered, errors name the address that Docker asks first. */
  private HttpResponse<InputStream> exchange(HttpRequest request) throws IOException {
    HttpClient client = connections.client(endpoint);
    HttpRequest complete =
        HttpRequest.newBuilder(request, (name, value) -> true)
            .header("User-Agent", USER_AGENT)
            .timeout(connections.idle())
            .build();
    try {
      HttpResponse<InputStream> response =
          client.send(complete, TimedBody.handler(connections.idle()));
      answered = true;
      return response;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("context canceled").initCause(e);
    } catch (IOException e) {
      throw answered
          ? ConnectionTrouble.of(request.method(), request.uri(), e)
          : ConnectionTrouble.of("GET", endpoint.resolve(""), e);
    }
  }
}
