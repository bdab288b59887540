package dev.flota.api.docker;

import akka.NotUsed;
import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.flota.api.http.Hijack;
import dev.flota.cluster.follow.HostFrames;
import dev.flota.cluster.follow.Place;
import dev.flota.cluster.follow.Said;
import org.jspecify.annotations.Nullable;

/**
 * How a host of the fleet asks for a stream that may have to go on at another host: by a header
 * that tells where it goes on. It is answered in {@link HostFrames}, anybody else in plain bytes
 * that end when the container moves.
 */
public final class Following {
  private static final String HEADER = "Flota-Follow";
  private static final String NEW = "new";

  private Following() {}

  /** Asks for a stream from its beginning. */
  public static HttpHeader anew() {
    return RawHeader.create(HEADER, NEW);
  }

  /** Asks for the rest of a stream. */
  public static HttpHeader from(Place place) {
    return RawHeader.create(HEADER, place.text());
  }

  /** Where the call wants its stream to go on; null for a new one. */
  public static @Nullable Place place(Call call) {
    String header = call.header(HEADER);
    return header.isEmpty() || header.equals(NEW) ? null : Place.parse(header);
  }

  private static boolean isAsked(Call call) {
    return !call.header(HEADER).isEmpty();
  }

  private static Flow<Said, ByteString, NotUsed> form(Call call) {
    return isAsked(call) ? HostFrames.encoder() : Said.bytes();
  }

  /** The answer that is a stream. */
  public static HttpResponse stream(Call call, ContentType type, Source<Said, NotUsed> output) {
    return Replies.stream(type, output.via(form(call)));
  }

  /** The answer that hands the connection over. */
  public static HttpResponse session(
      Call call, ContentType type, boolean readsInput, Flow<ByteString, Said, NotUsed> session) {
    return Hijack.response(
        call.request(), type, readsInput || isAsked(call), session.via(form(call)));
  }
}
