package dev.flota.cluster.follow;

import akka.NotUsed;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import akka.util.ByteStringBuilder;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What is {@link Said} as bytes between hosts: a letter, the length as big-endian uint32, the
 * content. The last frame says that all was said; without it a connection was broken.
 */
public final class HostFrames {
  private static final int HEADER = 5;
  private static final byte BYTES = 'b';
  private static final byte TAKEN = 't';
  private static final byte MOVED = 'm';
  private static final byte END = 'e';

  private HostFrames() {}

  /** Writes frames. */
  public static Flow<Said, ByteString, NotUsed> encoder() {
    return Flow.of(Said.class)
        .map(HostFrames::frame)
        .concat(Source.single(frame(END, ByteString.emptyByteString())));
  }

  /** Reads frames; fails when the last one does not come. */
  public static Flow<ByteString, Said, NotUsed> decoder() {
    return Flow.of(ByteString.class)
        .statefulMapConcat(
            () -> {
              Decoder decoder = new Decoder();
              return decoder::read;
            })
        .concat(Source.single(new Frame.Broken()))
        .takeWhile(frame -> !(frame instanceof Frame.End))
        .map(HostFrames::content);
  }

  private static Said content(Frame frame) {
    if (frame instanceof Frame.Content(Said said)) {
      return said;
    }
    throw new EngineException(
        ErrorKind.UNAVAILABLE, "the connection to the host that has the container was broken");
  }

  /** What is read. */
  private sealed interface Frame {
    record Content(Said said) implements Frame {}

    /** All was said. */
    record End() implements Frame {}

    /** There are no more bytes. */
    record Broken() implements Frame {}
  }

  static ByteString frame(Said said) {
    return switch (said) {
      case Said.Bytes(ByteString bytes) -> frame(BYTES, bytes);
      case Said.Taken(long total) -> frame(TAKEN, text(Long.toString(total)));
      case Said.Moved(Place place) -> frame(MOVED, text(place.text()));
    };
  }

  private static ByteString text(String text) {
    return ByteString.fromArrayUnsafe(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static ByteString frame(byte letter, ByteString content) {
    return new ByteStringBuilder()
        .putByte(letter)
        .putInt(content.size(), ByteOrder.BIG_ENDIAN)
        .append(content)
        .result();
  }

  /** Frames, however the bytes are cut. */
  private static final class Decoder {
    private ByteString pending = ByteString.emptyByteString();

    List<Frame> read(ByteString bytes) {
      pending = pending.concat(bytes);
      List<Frame> frames = new ArrayList<>();
      while (pending.size() >= HEADER) {
        int length = pending.iterator().drop(1).getInt(ByteOrder.BIG_ENDIAN);
        if (length < 0) {
          throw new IllegalStateException("a frame of " + length + " bytes");
        }
        if (pending.size() - HEADER < length) {
          break;
        }
        frames.add(frame(pending.apply(0), pending.slice(HEADER, HEADER + length)));
        pending = pending.drop(HEADER + length);
      }
      return frames;
    }

    private static Frame frame(byte letter, ByteString content) {
      return switch (letter) {
        case BYTES -> new Frame.Content(new Said.Bytes(content));
        case TAKEN -> new Frame.Content(new Said.Taken(Long.parseLong(content.utf8String())));
        case MOVED -> new Frame.Content(new Said.Moved(Place.parse(content.utf8String())));
        case END -> new Frame.End();
        default -> throw new IllegalStateException("no frame begins with " + letter);
      };
    }
  }
}
