package dev.flota.engine.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An answer's body as a stream whose reader does not wait forever: when nothing comes for the idle
 * time, reading fails and the connection is closed. The JDK's own time-outs end with the headers.
 */
final class TimedBody extends InputStream implements HttpResponse.BodySubscriber<InputStream> {
  private static final int AHEAD = 64;

  private sealed interface Event {}

  private record Data(List<ByteBuffer> buffers) implements Event {}

  private record End(@Nullable Throwable failure) implements Event {}

  private final Duration idle;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final AtomicReference<Flow.@Nullable Subscription> subscription = new AtomicReference<>();
  private List<ByteBuffer> current = List.of();
  private int position;
  private @Nullable End end;

  private TimedBody(Duration idle) {
    this.idle = idle;
  }

  static HttpResponse.BodyHandler<InputStream> handler(Duration idle) {
    return head -> new TimedBody(idle);
  }

  @Override
  public CompletionStage<InputStream> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    if (subscription.compareAndSet(null, newSubscription)) {
      newSubscription.request(AHEAD);
    } else {
      newSubscription.cancel();
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    events.add(new Data(buffers));
  }

  @Override
  public void onError(Throwable failure) {
    events.add(new End(failure));
  }

  @Override
  public void onComplete() {
    events.add(new End(null));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    ByteBuffer buffer = nextBuffer();
    if (buffer == null) {
      return -1;
    }
    int count = Math.min(length, buffer.remaining());
    buffer.get(target, offset, count);
    return count;
  }

  private @Nullable ByteBuffer nextBuffer() throws IOException {
    while (true) {
      while (position < current.size()) {
        if (current.get(position).hasRemaining()) {
          return current.get(position);
        }
        position++;
      }
      if (end != null) {
        return atEnd(end);
      }
      switch (nextEvent()) {
        case Data data -> {
          current = data.buffers;
          position = 0;
          request();
        }
        case End newEnd -> end = newEnd;
      }
    }
  }

  private static @Nullable ByteBuffer atEnd(End end) throws IOException {
    if (end.failure != null) {
      throw new IOException(String.valueOf(end.failure.getMessage()), end.failure);
    }
    return null;
  }

  private Event nextEvent() throws IOException {
    try {
      Event event = events.poll(idle.toMillis(), TimeUnit.MILLISECONDS);
      if (event != null) {
        return event;
      }
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("context canceled").initCause(e);
    }
    close();
    throw new IOException("i/o timeout: nothing came for " + idle.toSeconds() + " seconds");
  }

  private void request() {
    Flow.Subscription known = subscription.get();
    if (known != null) {
      known.request(1);
    }
  }

  @Override
  public void close() {
    Flow.Subscription known = subscription.get();
    if (known != null) {
      known.cancel();
    }
  }
}
