package dev.flota.api.docker;

import akka.NotUsed;
import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.StatusCodes;
import akka.japi.Pair;
import akka.japi.pf.PFBuilder;
import akka.stream.Materializer;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers in the shapes that Docker's clients know. */
public final class Replies {
  /** Unframed bytes of a terminal; before API 1.42 also framed ones. */
  public static final ContentType RAW_STREAM = binary("vnd.docker.raw-stream");

  /** Output in Docker's 8-byte frames. */
  public static final ContentType MULTIPLEXED_STREAM = binary("vnd.docker.multiplexed-stream");

  /** A tar archive. */
  public static final ContentType TAR = binary("x-tar");

  /** The one of the two streams that another host has named. */
  public static ContentType streamType(String name) {
    return name.startsWith(MULTIPLEXED_STREAM.toString()) ? MULTIPLEXED_STREAM : RAW_STREAM;
  }

  private static final byte[] LINE_END = {'\n'};
  private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

  private Replies() {}

  /** Writes one JSON value. */
  @FunctionalInterface
  public interface JsonValue {
    /** Writes it; the generator writes to memory. */
    void write(JsonGenerator json) throws IOException;
  }

  /** 200 with a JSON value. */
  public static HttpResponse json(JsonValue value) {
    return json(200, value);
  }

  /** Any status with a JSON value. */
  public static HttpResponse json(int status, JsonValue value) {
    return HttpResponse.create()
        .withStatus(status)
        .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, bytes(value, LINE_END)));
  }

  /** A JSON value as bytes, with something behind it. */
  public static ByteString bytes(JsonValue value, byte[] ending) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator json = Json.DOCKER.createGenerator(out)) {
      value.write(json);
      json.flush();
      out.write(ending);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ByteString.fromArrayUnsafe(out.toByteArray());
  }

  /** One value of a stream of JSON values. */
  public static ByteString line(JsonValue value) {
    return bytes(value, LINE_END);
  }

  /** A value for another host, whose names are not Docker's. */
  public static HttpResponse plain(Object value) {
    return json(json -> json.writeRawValue(Json.PLAIN.writeValueAsString(value)));
  }

  /** A failure as one value of such a stream, whose status is with the client already. */
  public static ByteString errorLine(Throwable failure) {
    return line(
        json -> {
          json.writeStartObject();
          json.writeStringField("error", message(failure));
          json.writeEndObject();
        });
  }

  /** 204. */
  public static HttpResponse noContent() {
    return HttpResponse.create().withStatus(StatusCodes.NO_CONTENT);
  }

  /** 200 without a body. */
  public static HttpResponse ok() {
    return HttpResponse.create();
  }

  /** A status with a message for the user. */
  public static HttpResponse error(int status, String message) {
    return json(
        status,
        json -> {
          json.writeStartObject();
          json.writeStringField("message", message);
          json.writeEndObject();
        });
  }

  /**
   * The answer to a failure. An {@link EngineException} has its own status and text; anything else
   * is a defect of ours, is logged and answered by 500.
   *
   * @param what was asked, for the log
   */
  public static HttpResponse failure(String what, Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof EngineException refused) {
      return refusal(what, refused);
    }
    LOG.error("{} failed unexpectedly", what, cause);
    return error(ErrorKind.SYSTEM.status(), message(cause));
  }

  private static HttpResponse refusal(String what, EngineException refused) {
    switch (refused.kind()) {
      case NOT_MODIFIED -> {
        return HttpResponse.create().withStatus(StatusCodes.NOT_MODIFIED);
      }
      case SYSTEM, UNAVAILABLE -> LOG.warn("{}: {}", what, refused.text(), refused.getCause());
      case INVALID, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, NOT_IMPLEMENTED ->
          LOG.debug("{}: {}", what, refused.text());
    }
    return error(refused.kind().status(), refused.text());
  }

  /** The text of a failure for the user. */
  public static String message(Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof EngineException refused) {
      return refused.text();
    }
    String message = cause.getMessage();
    return message == null || message.isEmpty() ? cause.getClass().getSimpleName() : message;
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    boolean wrapper =
        failure instanceof CompletionException || failure instanceof ExecutionException;
    return wrapper && cause != null ? unwrap(cause) : failure;
  }

  /** 200 with bytes of unknown number, sent as they come. */
  public static HttpResponse stream(ContentType type, Source<ByteString, ?> bytes) {
    return HttpResponse.create().withEntity(HttpEntities.createChunked(type, bytes));
  }

  /**
   * A stream that answers with an error status if it fails before its first element, and that ends
   * with {@code afterwards} if it fails later, when the status is already with the client.
   */
  public static <T> CompletionStage<HttpResponse> streamOrFailure(
      ContentType type,
      Source<T, NotUsed> elements,
      Function<T, ByteString> encode,
      Function<Throwable, ByteString> afterwards,
      Materializer materializer) {
    CompletionStage<Pair<List<T>, Source<T, NotUsed>>> head =
        elements.prefixAndTail(1).runWith(Sink.head(), materializer);
    return head.thenApply(
        parts ->
            stream(
                type,
                // Not lazily: a client that leaves at once must be noticed by the rest, too.
                Source.from(parts.first())
                    .map(encode::apply)
                    .concat(
                        // What has failed already must not overtake the beginning.
                        parts
                            .second()
                            .map(encode::apply)
                            .recover(
                                new PFBuilder<Throwable, ByteString>()
                                    .matchAny(afterwards::apply)
                                    .build()))));
  }

  private static ContentType binary(String subtype) {
    return ContentTypes.create(
        MediaTypes.customBinary("application", subtype, MediaTypes.NOT_COMPRESSIBLE));
  }
}
