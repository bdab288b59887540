package dev.flota.cluster.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.stream.javadsl.Sink;
import akka.util.ByteString;
import dev.flota.engine.EngineException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BlockingSourceTest {
  private static final long PATIENCE = 30;
  private static final byte[] MUCH = new byte[1 << 20];

  private final ActorTestKit kit = ActorTestKit.create();
  private final ExecutorService executor = Executors.newSingleThreadExecutor();

  @AfterEach
  void close() {
    executor.shutdownNow();
    kit.shutdownTestKit();
  }

  private CompletableFuture<ByteString> all(BlockingSource.Writer writer) {
    return BlockingSource.of(executor, "test", writer)
        .runWith(Sink.fold(ByteString.emptyByteString(), ByteString::concat), kit.system())
        .toCompletableFuture();
  }

  @Test
  void allThatIsWrittenComes() throws Exception {
    ByteString read =
        all(out -> {
              out.write('a');
              out.write(MUCH);
              out.write('z');
            })
            .get(PATIENCE, TimeUnit.SECONDS);

    assertThat(read.size()).isEqualTo(MUCH.length + 2);
    assertThat(read.head()).isEqualTo((byte) 'a');
    assertThat(read.last()).isEqualTo((byte) 'z');
  }

  @Test
  void aWriterThatFailsHalfWayFailsTheStream() {
    EngineException failure = EngineException.system("the layer is gone");

    CompletableFuture<ByteString> read =
        all(
            out -> {
              out.write(MUCH);
              throw failure;
            });

    assertThatThrownBy(() -> read.get(PATIENCE, TimeUnit.SECONDS)).hasCause(failure);
  }

  @Test
  void aWriterHearsThatTheReaderLeft() throws Exception {
    CompletableFuture<IOException> heard = new CompletableFuture<>();

    BlockingSource.of(
            executor,
            "test",
            out -> {
              try {
                while (true) {
                  out.write(MUCH);
                }
              } catch (IOException e) {
                heard.complete(e);
                throw e;
              }
            })
        .runWith(Sink.head(), kit.system());

    assertThat(heard.get(PATIENCE, TimeUnit.SECONDS)).hasMessage("the reader left");
  }

  @Test
  void withoutAThreadTheStreamFails() {
    executor.shutdownNow();

    assertThatThrownBy(() -> all(out -> out.write('a')).get(PATIENCE, TimeUnit.SECONDS))
        .hasCauseInstanceOf(RejectedExecutionException.class);
  }
}
