package dev.flota.cluster.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.NotUsed;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.japi.Pair;
import akka.stream.Materializer;
import akka.stream.OverflowStrategy;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.SinkQueueWithCancel;
import akka.stream.javadsl.Source;
import akka.stream.javadsl.SourceQueueWithComplete;
import akka.util.ByteString;
import dev.flota.engine.EngineException;
import dev.flota.engine.log.LogPosition;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class FollowStageTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final Materializer MATERIALIZER = Materializer.matFromSystem(KIT.system());
  private static final Place PLACE = Place.in(new LogPosition(7, false));

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static <T> Source<T, SourceQueueWithComplete<T>> queue() {
    return Source.queue(16, OverflowStrategy.backpressure());
  }

  /** What comes out somewhere. */
  private record Heard(SinkQueueWithCancel<ByteString> queue) {
    void is(String text) throws Exception {
      ByteString heard = ByteString.emptyByteString();
      while (heard.size() < text.length()) {
        heard = heard.concat(get(queue.pull()).orElseThrow());
      }
      assertThat(heard.utf8String()).isEqualTo(text);
    }

    void ends() throws Exception {
      assertThat(get(queue.pull())).isEqualTo(Optional.empty());
    }
  }

  /** A host, from its own side. */
  private static final class Host {
    private final Heard input;
    private final SourceQueueWithComplete<Said> output;
    private final Flow<ByteString, Said, NotUsed> flow;

    Host() {
      var sink = Sink.<ByteString>queue().preMaterialize(MATERIALIZER);
      var source = FollowStageTest.<Said>queue().preMaterialize(MATERIALIZER);
      input = new Heard(sink.first());
      output = source.first();
      flow = Flow.fromSinkAndSource(sink.second(), source.second());
    }

    void says(String text) throws Exception {
      says(new Said.Bytes(ByteString.fromString(text)));
    }

    void says(Said said) throws Exception {
      get(output.offer(said));
    }
  }

  private final Host first = new Host();
  private final Host second = new Host();
  private final BlockingQueue<Place> asked = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow<ByteString, Said, NotUsed>> found =
      new CompletableFuture<>();
  private final SourceQueueWithComplete<ByteString> client;
  private final Heard screen;

  FollowStageTest() {
    FollowStage stage =
        new FollowStage(
            first.flow,
            place -> {
              asked.add(place);
              return found;
            },
            MATERIALIZER);
    Pair<SourceQueueWithComplete<ByteString>, SinkQueueWithCancel<ByteString>> ends =
        FollowStageTest.<ByteString>queue()
            .via(stage)
            .toMat(Sink.queue(), Keep.both())
            .run(MATERIALIZER);
    client = ends.first();
    screen = new Heard(ends.second());
  }

  @AfterAll
  static void end() {
    KIT.shutdownTestKit();
  }

  private void types(String text) throws Exception {
    get(client.offer(ByteString.fromString(text)));
  }

  private void moves() throws Exception {
    first.says(new Said.Moved(PLACE));
    assertThat(asked.poll(10, TimeUnit.SECONDS)).isEqualTo(PLACE);
  }

  @Test
  void goesOnAtTheOtherHost() throws Exception {
    types("one");
    first.input.is("one");
    first.says("eno");
    screen.is("eno");

    moves();
    found.complete(second.flow);

    second.input.is("one"); // nobody has taken it
    second.says("and on");
    screen.is("and on");
    second.output.complete();
    screen.ends();
  }

  @Test
  void whatWasTakenIsNotSentAgainAndWhatIsTypedMeanwhileIsSent() throws Exception {
    types("abc");
    first.input.is("abc");
    first.says(new Said.Taken(2));
    moves();
    types("def");
    found.complete(second.flow);

    second.input.is("cdef");
    second.says(new Said.Taken(4));
    types("g");
    second.input.is("g");
  }

  @Test
  void theEndOfInputIsToldAgain() throws Exception {
    types("abc");
    first.input.is("abc");
    client.complete();
    first.input.ends();
    moves();
    found.complete(second.flow);

    second.input.is("abc");
    second.input.ends();
    second.says("still there");
    screen.is("still there");
  }

  @Test
  void theEndIsTheEnd() throws Exception {
    first.says("last");
    first.output.complete();

    screen.is("last");
    screen.ends();
    assertThat(asked).isEmpty();
  }

  @Test
  void aClientWhoHasLeftLeavesTheHostThatIsFoundLater() throws Exception {
    moves();
    screen.queue().cancel();
    get(client.watchCompletion());
    found.complete(second.flow);

    get(second.output.watchCompletion());
    get(first.output.watchCompletion());
  }

  @Test
  void whenNobodyIsFoundTheConnectionFails() throws Exception {
    moves();
    found.completeExceptionally(EngineException.conflict("gone"));

    assertThatThrownBy(screen::ends).hasMessageContaining("gone");
  }
}
