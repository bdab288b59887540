package dev.flota.api.docker;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.ProductVersion;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.model.headers.Server;
import akka.stream.Materializer;
import dev.flota.api.http.RequestHandler;
import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds the operation that a request asks for. */
public final class Router implements RequestHandler {
  private static final Pattern VERSIONED = Pattern.compile("/v([0-9.]+)(/.*)", Pattern.DOTALL);

  private final Map<String, List<Candidate>> candidates = new HashMap<>();
  private final List<HttpHeader> headers;
  private final Materializer materializer;
  private final Forwarding forwarding;

  private record Candidate(Route route, Route.Template template) {}

  private record Match(Route route, Map<String, String> path) {}

  /** Path and query as sent, the path decoded. */
  private record Target(String relative, @Nullable String version, String path, Query query) {}

  /**
   * A router.
   *
   * @param routes the operations; where two fit, the earlier one answers
   * @param version of Flota, for the Server header
   */
  public Router(List<Route> routes, String version, Materializer materializer) {
    this(routes, version, materializer, Forwarding.NONE);
  }

  /**
   * A router.
   *
   * @param routes the operations; where two fit, the earlier one answers
   * @param version of Flota, for the Server header
   * @param forwarding which calls another host answers
   */
  public Router(
      List<Route> routes, String version, Materializer materializer, Forwarding forwarding) {
    this.materializer = materializer;
    this.forwarding = forwarding;
    for (Route route : routes) {
      candidates
          .computeIfAbsent(key(route.method(), route.template()), _ -> new ArrayList<>())
          .add(new Candidate(route, new Route.Template(route.template())));
    }
    headers =
        List.of(
            RawHeader.create("Api-Version", ApiVersion.CURRENT.toString()),
            RawHeader.create("Docker-Experimental", "false"),
            RawHeader.create("Ostype", "linux"),
            Server.create(ProductVersion.create("Flota", version, "linux")));
  }

  /** Method and first segment: few routes share both. */
  private static String key(String method, String path) {
    int slash = path.indexOf('/', 1);
    return method + (slash < 0 ? path : path.substring(0, slash));
  }

  @Override
  public CompletionStage<HttpResponse> handle(HttpRequest request) {
    String what = request.method().value() + " " + rawTarget(request);
    CompletionStage<HttpResponse> answer;
    try {
      answer = dispatch(request, target(rawTarget(request)));
    } catch (RuntimeException e) {
      request.discardEntityBytes(materializer);
      answer = CompletableFuture.failedFuture(e);
    }
    return answer
        .exceptionally(failure -> Replies.failure(what, failure))
        .thenApply(response -> response.addHeaders(headers));
  }

  private CompletionStage<HttpResponse> dispatch(HttpRequest request, Target target) {
    Match match = find(request.method().value(), target.path()).orElseThrow(Router::notFound);
    Call call =
        new Call(
            request,
            target.relative(),
            version(target, match.route()),
            match.path(),
            target.query(),
            materializer);
    CompletionStage<HttpResponse> answer =
        forwarding
            .forward(call, match.route())
            .orElseGet(() -> match.route().handler().handle(call));
    return answer.whenComplete((response, failure) -> call.discard());
  }

  private static ApiVersion version(Target target, Route route) {
    String named = target.version();
    ApiVersion version = named == null ? ApiVersion.CURRENT : ApiVersion.negotiate(named);
    if (version.compareTo(route.since()) < 0) {
      throw EngineException.invalid(
          "%s %s requires API version %s, but the client asked for %s"
              .formatted(route.method(), route.template(), route.since(), version));
    }
    return version;
  }

  private static EngineException notFound() {
    return EngineException.notFound("page not found");
  }

  private Optional<Match> find(String method, String path) {
    for (Candidate candidate : candidates.getOrDefault(key(method, path), List.of())) {
      Optional<Map<String, String>> variables = candidate.template().match(path);
      if (variables.isPresent()) {
        return Optional.of(new Match(candidate.route(), variables.get()));
      }
    }
    return Optional.empty();
  }

  /** Whether an operation answers this method and path; for tests of coverage. */
  public Optional<Route> route(String method, String path) {
    return find(method, path).map(Match::route);
  }

  private static String rawTarget(HttpRequest request) {
    return request
        .getHeader("Raw-Request-URI")
        .map(HttpHeader::value)
        .orElseGet(() -> request.getUri().toRelative().toString());
  }

  private static Target target(String raw) {
    String relative = raw.startsWith("/") ? raw : withoutAuthority(raw);
    int question = relative.indexOf('?');
    String path =
        PercentCoding.decodePath(question < 0 ? relative : relative.substring(0, question));
    Query query = Query.parse(question < 0 ? "" : relative.substring(question + 1));
    Matcher versioned = VERSIONED.matcher(path);
    return versioned.matches()
        ? new Target(relative, versioned.group(1), versioned.group(2), query)
        : new Target(relative, null, path, query);
  }

  /** {@code GET http://host/path}, which HTTP/1.1 allows. */
  private static String withoutAuthority(String raw) {
    int authority = raw.indexOf("://");
    int path = authority < 0 ? -1 : raw.indexOf('/', authority + 3);
    return path < 0 ? "/" : raw.substring(path);
  }
}
