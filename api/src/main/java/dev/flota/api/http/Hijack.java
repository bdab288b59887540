package dev.flota.api.http;

import akka.NotUsed;
import akka.http.impl.engine.server.UpgradeToOtherProtocolResponseHeader;
import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.util.Optional;

/**
 * Docker's hijack: the connection stops being HTTP and carries raw bytes both ways, each way ending
 * on its own (Docker Engine API, "Hijacking" of {@code ContainerAttach}).
 *
 * <p>The one place that knows how akka-http gives up a connection: by a header that it keeps
 * private to its own WebSocket support.
 */
public final class Hijack {
  private static final StatusCode UPGRADED =
      StatusCodes.custom(101, "UPGRADED", "", true, /* allowsEntity= */ false);

  private static final long PIECE = 64 * 1024;

  private Hijack() {}

  /**
   * The answer that hands the connection over. A client that asks for {@code Upgrade} gets a 101,
   * an older one a 200. The request's entity must have been consumed before.
   *
   * @param contentType what the bytes are
   * @param readsInput whether the session wants the client's bytes; if not, and without an Upgrade,
   *     any HTTP client can read the output as the body of a plain answer
   * @param session the client's bytes to the bytes for the client
   */
  public static HttpResponse response(
      HttpRequest request,
      ContentType contentType,
      boolean readsInput,
      Flow<ByteString, ByteString, NotUsed> session) {
    boolean upgrade = request.getHeader("Upgrade").isPresent();
    if (upgrade || readsInput) {
      return HttpResponse.create()
          .withStatus(upgrade ? UPGRADED : StatusCodes.OK)
          .addHeader(akka.http.javadsl.model.headers.Connection.create("Upgrade"))
          .addHeader(RawHeader.create("Upgrade", "tcp"))
          .addHeader(takeOver(session))
          .withEntity(HttpEntities.create(contentType, ByteString.emptyByteString()));
    }
    return HttpResponse.create()
        .withEntity(
            HttpEntities.createCloseDelimited(
                contentType, Source.<ByteString>empty().via(session)));
  }

  /** Whether the answer hands the connection over. */
  static boolean isHijack(HttpResponse response) {
    return session(response).isPresent();
  }

  /** The session of an answer that hands the connection over. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // it is what takeOver has put there
  public static Optional<Flow<ByteString, ByteString, NotUsed>> session(HttpResponse response) {
    for (HttpHeader header : response.getHeaders()) {
      if (header instanceof UpgradeToOtherProtocolResponseHeader upgrade) {
        return Optional.of((Flow) upgrade.handler().asJava());
      }
    }
    return Optional.empty();
  }

  /**
   * akka-http loses what comes together with the end of the client's input before the session has
   * asked for anything, so something has to ask at once.
   */
  @SuppressWarnings({"unchecked", "rawtypes"}) // Scala's Flow is invariant in what it materialises
  private static HttpHeader takeOver(Flow<ByteString, ByteString, NotUsed> session) {
    Flow<ByteString, ByteString, NotUsed> asking =
        Flow.<ByteString>create()
            .detach()
            .via(session)
            // What comes faster than it can be written is written in larger pieces.
            .batchWeighted(PIECE, piece -> (long) piece.size(), piece -> piece, ByteString::concat);
    return new UpgradeToOtherProtocolResponseHeader((akka.stream.scaladsl.Flow) asking.asScala());
  }
}
