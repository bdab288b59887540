package dev.flota.api.http;

import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connected, non-blocking socket as a flow: what is pushed in is written, what is read comes out.
 *
 * <ul>
 *   <li>The end of the input half-closes the socket; the peer's half-close completes the output.
 *       The socket closes when both are done, or at once when either side fails.
 *   <li>It reads ahead by at most {@link #READ_AHEAD} pieces, so that the peer's end is seen while
 *       nobody pulls; then the peer is held back by its own full buffer.
 *   <li>When nobody wants the output any more, the rest of it is read and dropped: closing a socket
 *       with unread bytes would reset it and could destroy what was written last.
 * </ul>
 */
final class NioFlow extends GraphStage<FlowShape<ByteString, ByteString>> {
  /** Pieces of up to {@link NioLoop#READ_SIZE} bytes that may wait for demand. */
  static final int READ_AHEAD = 4;

  private static final int WRITE_SIZE = 128 * 1024;
  private static final Logger LOG = LoggerFactory.getLogger(NioFlow.class);

  private final Inlet<ByteString> in = Inlet.create("NioFlow.in");
  private final Outlet<ByteString> out = Outlet.create("NioFlow.out");
  private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);
  private final SocketChannel channel;
  private final NioLoop loop;
  private final Connection connection;

  NioFlow(SocketChannel channel, NioLoop loop, Connection connection) {
    this.channel = channel;
    this.loop = loop;
    this.connection = connection;
  }

  @Override
  public FlowShape<ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inherited) {
    return new Logic();
  }

  /** What the selector thread tells the stage. */
  private sealed interface Signal {}

  private record Received(ByteString bytes) implements Signal {}

  private record InputEnded() implements Signal {}

  private record Writable() implements Signal {}

  private record Broken(IOException cause) implements Signal {}

  private record Abandoned() implements Signal {}

  private static final InputEnded INPUT_ENDED = new InputEnded();
  private static final Writable WRITABLE = new Writable();

  private final class Logic extends GraphStageLogic {
    private final Deque<ByteString> received = new ArrayDeque<>();
    private final AsyncCallback<Signal> signals = createAsyncCallback(this::signalled);

    /** Pieces read and not yet pulled; the loop counts up, the stage counts down. */
    private final AtomicInteger ahead = new AtomicInteger();

    private volatile boolean dropping;
    private @Nullable SelectionKey key;
    private ByteBuffer[] unwritten = new ByteBuffer[0];
    private int written;
    private boolean inputDone;
    private boolean outputDone;

    Logic() {
      super(shape);
      setHandler(in, new Writing());
      setHandler(out, new Reading());
    }

    @Override
    public void preStart() {
      setKeepGoing(true);
      connection.onAbandon(() -> signals.invoke(new Abandoned()));
      try {
        key = loop.register(channel, SelectionKey.OP_READ, this::ready);
        pull(in);
      } catch (ClosedChannelException e) {
        failStage(e);
      }
    }

    @Override
    public void postStop() {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.debug("closing {}", channel, e);
      }
      // The file descriptor is only given back when the selector has dropped the key.
      loop.wakeUp();
      connection.closed();
    }

    // In the loop's thread.

    private void ready(SelectionKey ready) {
      if (ready.isReadable()) {
        read(ready);
      }
      if (ready.isValid() && ready.isWritable()) {
        ready.interestOpsAnd(~SelectionKey.OP_WRITE);
        signals.invoke(WRITABLE);
      }
    }

    private void read(SelectionKey ready) {
      ByteBuffer buffer = loop.readBuffer();
      try {
        int count = channel.read(buffer);
        if (count < 0) {
          ready.interestOpsAnd(~SelectionKey.OP_READ);
          connection.inputEnded();
          signals.invoke(INPUT_ENDED);
        } else if (count > 0 && !dropping) {
          deliver(ready, buffer.flip());
        }
      } catch (IOException e) {
        ready.interestOps(0);
        signals.invoke(new Broken(e));
      }
    }

    private void deliver(SelectionKey ready, ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      if (ahead.incrementAndGet() == READ_AHEAD) {
        ready.interestOpsAnd(~SelectionKey.OP_READ);
      }
      signals.invoke(new Received(ByteString.fromArrayUnsafe(bytes)));
    }

    // In the stage.

    private void signalled(Signal signal) {
      switch (signal) {
        case Received(ByteString bytes) -> {
          if (!dropping) {
            received.add(bytes);
            pushOne();
          }
        }
        case InputEnded ended -> {
          inputDone = true;
          pushOne();
        }
        case Writable writable -> write();
        case Broken(IOException cause) -> failStage(cause);
        case Abandoned abandoned -> completeStage();
      }
    }

    private void pushOne() {
      ByteString next = received.peek();
      if (next != null && isAvailable(out)) {
        received.remove();
        push(out, next);
        if (ahead.getAndDecrement() == READ_AHEAD) {
          loop.execute(() -> interest(SelectionKey.OP_READ));
        }
      }
      if (inputDone && received.isEmpty()) {
        complete(out);
        finishWhenBothAreDone();
      }
    }

    private void interest(int operation) {
      SelectionKey registered = key;
      try {
        if (registered != null) {
          registered.interestOpsOr(operation);
        }
      } catch (CancelledKeyException e) {
        LOG.trace("closed meanwhile: {}", channel);
      }
    }

    private void write() {
      try {
        while (written < unwritten.length) {
          long count = channel.write(unwritten, written, unwritten.length - written);
          while (written < unwritten.length && !unwritten[written].hasRemaining()) {
            written++;
          }
          if (written < unwritten.length && (count == 0 || unwritten[written].position() > 0)) {
            waitUntilWritable();
            return;
          }
        }
      } catch (IOException e) {
        failStage(e);
        return;
      }
      if (isClosed(in)) {
        endOutput();
      } else {
        pull(in);
      }
    }

    private void waitUntilWritable() {
      interest(SelectionKey.OP_WRITE);
      loop.wakeUp();
    }

    private void endOutput() {
      outputDone = true;
      try {
        channel.shutdownOutput();
      } catch (IOException e) {
        LOG.debug("half-closing {}", channel, e);
      }
      finishWhenBothAreDone();
    }

    private void finishWhenBothAreDone() {
      if (outputDone && isClosed(out)) {
        completeStage();
      }
    }

    /** The side that writes to the socket. */
    private final class Writing extends AbstractInHandler {
      @Override
      public void onPush() {
        unwritten = slices(grab(in));
        written = 0;
        write();
      }

      @Override
      public void onUpstreamFinish() {
        if (written == unwritten.length) {
          endOutput();
        }
      }

      @Override
      public void onUpstreamFailure(Throwable cause) {
        failStage(cause);
      }
    }

    /** The side that reads from the socket. */
    private final class Reading extends AbstractOutHandler {
      @Override
      public void onPull() {
        pushOne();
      }

      @Override
      public void onDownstreamFinish(Throwable cause) {
        dropping = true;
        received.clear();
        ahead.set(0);
        if (!inputDone) {
          loop.execute(() -> interest(SelectionKey.OP_READ));
        }
        finishWhenBothAreDone();
      }
    }
  }

  /** Small enough that writing a big string does not need a direct buffer of its size. */
  private static ByteBuffer[] slices(ByteString bytes) {
    List<ByteBuffer> slices = new ArrayList<>();
    for (ByteBuffer buffer : bytes.getByteBuffers()) {
      for (int offset = 0; offset < buffer.remaining(); offset += WRITE_SIZE) {
        int length = Math.min(WRITE_SIZE, buffer.remaining() - offset);
        slices.add(buffer.slice(buffer.position() + offset, length));
      }
    }
    return slices.toArray(ByteBuffer[]::new);
  }
}
