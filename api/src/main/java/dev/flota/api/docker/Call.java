package dev.flota.api.docker;

import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.RequestEntity;
import akka.stream.Materializer;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One request on its way to the handler of its route. */
public final class Call {
  /** Bodies of JSON are read as a whole; layers and archives are not JSON. */
  private static final long MAX_JSON_BYTES = 16L << 20;

  private static final long BODY_WITHIN_MILLIS = 10 * 60 * 1000L;

  private final HttpRequest request;
  private final ApiVersion version;
  private final Map<String, String> path;
  private final Query query;
  private final String target;
  private final Materializer materializer;
  private boolean entityTaken;

  Call(
      HttpRequest request,
      String target,
      ApiVersion version,
      Map<String, String> path,
      Query query,
      Materializer materializer) {
    this.request = request;
    this.target = target;
    this.version = version;
    this.path = path;
    this.query = query;
    this.materializer = materializer;
  }

  /** The request as akka-http has it. */
  public HttpRequest request() {
    return request;
  }

  /** Path and query as the client has sent them. */
  public String target() {
    return target;
  }

  /** The version of the API that the client speaks. */
  public ApiVersion version() {
    return version;
  }

  /**
   * The same call about the container of that id, to be answered as {@link Following} says, whose
   * body was read.
   */
  public Call following(String id, HttpHeader how) {
    return new Call(
        request.removeHeader(how.name()).addHeader(how).withEntity(HttpEntities.EMPTY),
        target.replaceFirst("/containers/[^/?]+", "/containers/" + id),
        version,
        Map.of("id", id),
        query,
        materializer);
  }

  /** A variable of the route's path. */
  public String path(String variable) {
    String value = path.get(variable);
    if (value == null) {
      throw new IllegalArgumentException("the route has no variable " + variable);
    }
    return value;
  }

  /** The query parameters. */
  public Query query() {
    return query;
  }

  /** The value of a header, or an empty string. */
  public String header(String name) {
    return request.getHeader(name).map(HttpHeader::value).orElse("");
  }

  /** Runs the streams of this request. */
  public Materializer materializer() {
    return materializer;
  }

  /** Reads the whole body, which must be JSON; what is in it is checked by the reader of choice. */
  public CompletionStage<JsonBody> json() {
    entityTaken = true;
    JsonBody.checkContentType(request.entity());
    return request
        .entity()
        .withSizeLimit(MAX_JSON_BYTES)
        .toStrict(BODY_WITHIN_MILLIS, materializer)
        .thenApply(strict -> new JsonBody(strict.getData()));
  }

  /** The body as it comes. */
  public Source<ByteString, ?> bytes() {
    entityTaken = true;
    HttpEntity entity = request.entity().withoutSizeLimit();
    return entity.getDataBytes();
  }

  /** The whole body, whatever it is. */
  public CompletionStage<ByteString> strictBody() {
    entityTaken = true;
    return request
        .entity()
        .withSizeLimit(MAX_JSON_BYTES)
        .toStrict(BODY_WITHIN_MILLIS, materializer)
        .thenApply(HttpEntity.Strict::getData);
  }

  /** The body for whoever goes on with the request. */
  public RequestEntity takeEntity() {
    entityTaken = true;
    return (RequestEntity) request.entity().withoutSizeLimit();
  }

  /** Reads and drops the body, to its end. */
  public CompletionStage<akka.Done> discard() {
    if (entityTaken) {
      return CompletableFuture.completedFuture(akka.Done.done());
    }
    entityTaken = true;
    return request.entity().withoutSizeLimit().discardBytes(materializer).completionStage();
  }
}
