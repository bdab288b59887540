package dev.flota.cluster.follow;

import akka.NotUsed;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;

/** What a host says to somebody who follows one of its containers. */
public sealed interface Said {
  /** For the client. */
  record Bytes(ByteString bytes) implements Said {}

  /**
   * So much of the client's input is the container's now.
   *
   * @param total counted from the first byte that this host was given
   */
  record Taken(long total) implements Said {}

  /** The container goes on at another host, which is to be asked from there on. Nothing follows. */
  record Moved(Place place) implements Said {}

  /** What there is for a client who is not led to another host: the stream ends with the move. */
  static Flow<Said, ByteString, NotUsed> bytes() {
    return Flow.of(Said.class).collectType(Bytes.class).map(Bytes::bytes);
  }
}
