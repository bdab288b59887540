package dev.flota.cluster.stream;

import akka.NotUsed;
import akka.stream.OverflowStrategy;
import akka.stream.QueueOfferResult;
import akka.stream.javadsl.Source;
import akka.stream.javadsl.SourceQueueWithComplete;
import akka.util.ByteString;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What blocking code writes, as a stream. Only code that returns ends the stream properly; code
 * that throws fails it, so that a reader never takes a piece for the whole.
 */
public final class BlockingSource {
  private static final Logger LOG = LoggerFactory.getLogger(BlockingSource.class);
  private static final int PIECE = 1 << 16;
  private static final int PIECES_AHEAD = 4;

  private BlockingSource() {}

  /** Writes all there is, waiting while the reader does not keep up. */
  public interface Writer {
    /**
     * Writes.
     *
     * @throws IOException from {@code out}, when the reader has left
     */
    void write(OutputStream out) throws IOException;
  }

  /**
   * The stream of what {@code writer} writes.
   *
   * @param executor where it runs, for as long as it takes
   * @param what for the log, e.g. {@code save of [alpine]}
   */
  public static Source<ByteString, NotUsed> of(Executor executor, String what, Writer writer) {
    return Source.<ByteString>queue(PIECES_AHEAD, OverflowStrategy.backpressure())
        .mapMaterializedValue(
            queue -> {
              try {
                executor.execute(() -> run(what, writer, queue));
              } catch (RejectedExecutionException e) {
                queue.fail(e);
              }
              return NotUsed.getInstance();
            });
  }

  private static void run(String what, Writer writer, SourceQueueWithComplete<ByteString> queue) {
    QueueOutput end = new QueueOutput(queue);
    try {
      OutputStream out = new BufferedOutputStream(end, PIECE);
      writer.write(out);
      out.flush();
      queue.complete();
    } catch (IOException | RuntimeException e) {
      // Writers wrap what the stream throws, so the exception does not tell who is to blame.
      if (end.readerLeft) {
        LOG.debug("{}: the reader left", what, e);
      } else {
        LOG.warn("{} failed", what, e);
      }
      queue.fail(e);
    }
  }

  private static final class QueueOutput extends OutputStream {
    private final SourceQueueWithComplete<ByteString> queue;
    private boolean readerLeft;

    QueueOutput(SourceQueueWithComplete<ByteString> queue) {
      this.queue = queue;
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (!taken(ByteString.fromArray(bytes, offset, length))) {
        readerLeft = true;
        throw new IOException("the reader left");
      }
    }

    private boolean taken(ByteString piece) {
      try {
        return queue.offer(piece).toCompletableFuture().join() == QueueOfferResult.enqueued();
      } catch (CompletionException e) {
        LOG.debug("the stream is gone", e);
        return false;
      }
    }
  }
}
