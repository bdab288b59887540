package dev.flota.cluster.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.NotUsed;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.flota.engine.log.LogPosition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostFramesTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final List<Said> ALL =
      List.of(
          new Said.Bytes(ByteString.fromString("out")),
          new Said.Taken(1L << 40),
          new Said.Bytes(ByteString.emptyByteString()),
          new Said.Moved(
              new Place(
                  new LogPosition(1L << 33, true),
                  Instant.parse("2026-11-29T10:00:00.123456789Z"))),
          new Said.Moved(Place.START));

  @AfterAll
  static void end() {
    KIT.shutdownTestKit();
  }

  private static List<Said> read(Source<ByteString, NotUsed> frames) throws Exception {
    return frames
        .via(HostFrames.decoder())
        .<List<Said>>runFold(
            new ArrayList<>(),
            (all, said) -> {
              all.add(said);
              return all;
            },
            KIT.system())
        .toCompletableFuture()
        .get();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 7, 1000})
  void arriveHoweverTheyAreCut(int size) throws Exception {
    Source<ByteString, NotUsed> frames = Source.from(ALL).via(HostFrames.encoder());
    Source<ByteString, NotUsed> cut =
        frames
            .fold(ByteString.emptyByteString(), ByteString::concat)
            .mapConcat(all -> pieces(all, size));

    assertThat(read(cut)).isEqualTo(ALL);
    assertThat(read(frames)).isEqualTo(ALL);
  }

  private static List<ByteString> pieces(ByteString all, int size) {
    List<ByteString> pieces = new ArrayList<>();
    for (ByteString left = all; left.nonEmpty(); left = left.drop(size)) {
      pieces.add(left.take(size));
    }
    return pieces;
  }

  @Test
  void aBrokenConnectionIsNoEnd() {
    Source<ByteString, NotUsed> broken =
        Source.from(ALL).via(Flow.of(Said.class).map(HostFrames::frame));

    assertThatThrownBy(() -> read(broken))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("was broken");
  }
}
