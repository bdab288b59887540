package dev.flota.cluster.stream;

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
import dev.flota.cluster.follow.Place;
import dev.flota.cluster.follow.Said;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The client's side of {@link Streams} as a stage: his input in, what is said to him out. */
final class StreamsStage extends GraphStage<FlowShape<ByteString, Said>> {
  private static final Logger LOG = LoggerFactory.getLogger(StreamsStage.class);

  private final Inlet<ByteString> in = Inlet.create("Streams.in");
  private final Outlet<Said> out = Outlet.create("Streams.out");
  private final FlowShape<ByteString, Said> shape = FlowShape.of(in, out);
  private final Streams streams;

  StreamsStage(Streams streams) {
    this.streams = streams;
  }

  @Override
  public FlowShape<ByteString, Said> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {
    private final Streams.Wiring wiring = streams.wiring();
    private final @Nullable DetachKeys detachKeys =
        wiring.tty() && wiring.stdin() ? DetachKeys.parse(wiring.detachKeys()) : null;
    private @Nullable ByteBuffer typed;
    private boolean detachAfterTyped;
    private boolean inputEnded;
    private boolean inputClosed;
    private long received;
    private long takenAsTold;

    Logic() {
      super(shape);
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              deliver();
            }
          });
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              receive(grab(in));
            }

            @Override
            public void onUpstreamFinish() {
              inputEnded = true;
              passInput();
            }

            @Override
            public void onUpstreamFailure(Throwable failure) {
              LOG.debug("client's connection failed", failure);
              completeStage();
            }
          });
    }

    @Override
    public void preStart() {
      setKeepGoing(true);
      AsyncCallback<NotYet> woken = createAsyncCallback(ignored -> onWoken());
      streams.onWake(() -> woken.invoke(NotYet.NOTHING));
      pull(in);
    }

    private void onWoken() {
      passInput();
      deliver();
    }

    private void deliver() {
      if (isAvailable(out)) {
        ByteString bytes = streams.take();
        if (bytes != null) {
          push(out, new Said.Bytes(bytes));
          return;
        }
        long taken = received - notTaken();
        if (taken > takenAsTold) {
          takenAsTold = taken;
          push(out, new Said.Taken(taken));
          return;
        }
      }
      if (streams.drained() && (isAvailable(out) || isClosed(out))) {
        Place elsewhere = streams.movedTo();
        if (elsewhere != null && isAvailable(out)) {
          push(out, new Said.Moved(elsewhere));
        }
        completeStage();
      }
    }

    private int notTaken() {
      return (typed == null ? 0 : typed.remaining())
          + (detachKeys == null ? 0 : detachKeys.heldBack());
    }

    private void receive(ByteString bytes) {
      received += bytes.size();
      if (!wiring.stdin()) {
        pull(in);
        deliver();
        return;
      }
      ByteString pass = bytes;
      if (detachKeys != null) {
        DetachKeys.Scan scan = detachKeys.scan(bytes);
        pass = scan.pass();
        detachAfterTyped = scan.detached();
      }
      typed = ByteBuffer.wrap(pass.toArray());
      passInput();
      deliver();
    }

    /** Gives what was typed to the container; waits for it to be connected or to take more. */
    private void passInput() {
      if (streams.hasEnded()) {
        if (streams.movedTo() != null) {
          return; // the other host gets it
        }
        typed = null;
        if (!isClosed(in) && !hasBeenPulled(in)) {
          pull(in);
        }
        return;
      }
      if (!streams.isConnected()) {
        if (detachAfterTyped) {
          detach();
        }
        return;
      }
      try {
        ByteBuffer pending = typed;
        if (pending != null) {
          if (!streams.give(pending)) {
            return;
          }
          typed = null;
        }
        if (detachAfterTyped) {
          detach();
        } else if (inputEnded) {
          closeInput();
        } else if (!hasBeenPulled(in)) {
          pull(in);
        }
      } catch (IOException e) {
        LOG.debug("the process takes no more input", e);
        typed = null;
        if (!isClosed(in) && !hasBeenPulled(in)) {
          pull(in);
        }
      }
    }

    private void closeInput() {
      if (wiring.stdin() && !inputClosed) {
        inputClosed = streams.closeInput();
      }
    }

    private void detach() {
      streams.detached();
      completeStage();
    }

    @Override
    public void postStop() {
      streams.leave();
    }
  }

  /** The only thing the wake-up call carries. */
  private enum NotYet {
    NOTHING
  }
}
