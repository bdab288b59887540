package dev.flota.cluster.follow;

import akka.Done;
import akka.NotUsed;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Materializer;
import akka.stream.Outlet;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.FutureConverters;

/**
 * A client's connection to a container, wherever that is: when a host says that it has moved,
 * another one is asked, and the client notices nothing. What the container has not taken of the
 * client's input is sent again.
 */
public final class FollowStage extends GraphStage<FlowShape<ByteString, ByteString>> {
  private final Inlet<ByteString> in = Inlet.create("Follow.in");
  private final Outlet<ByteString> out = Outlet.create("Follow.out");
  private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);
  private final Flow<ByteString, Said, NotUsed> first;
  private final Search search;
  private final Materializer materializer;

  /** Where a container has gone. */
  @FunctionalInterface
  public interface Search {
    /** The connection to the host that has it now, from there on. */
    CompletionStage<Flow<ByteString, Said, NotUsed>> find(Place place);
  }

  /**
   * A connection.
   *
   * @param first to the host that has the container now
   * @param materializer ends connections that nobody wants any more when they are found
   */
  public FollowStage(
      Flow<ByteString, Said, NotUsed> first, Search search, Materializer materializer) {
    this.first = first;
    this.search = search;
    this.materializer = materializer;
  }

  @Override
  public FlowShape<ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private record Found(
      @Nullable Flow<ByteString, Said, NotUsed> host, @Nullable Throwable failure) {}

  private final class Logic extends GraphStageLogic {
    private final SentInput input = new SentInput();
    private @Nullable SubSourceOutlet<ByteString> toHost;
    private @Nullable SubSinkInlet<Said> fromHost;

    Logic() {
      super(shape);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              input.add(grab(in));
              send();
            }

            @Override
            public void onUpstreamFinish() {
              send();
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              listen();
            }
          });
    }

    @Override
    public void preStart() {
      connect(first);
    }

    private void connect(Flow<ByteString, Said, NotUsed> host) {
      SubSourceOutlet<ByteString> to = new SubSourceOutlet<>("Follow.toHost");
      SubSinkInlet<Said> from = new SubSinkInlet<>("Follow.fromHost");
      to.setHandler(
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              send();
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              // It takes no more input; how it all ends it says the other way.
            }
          });
      from.setHandler(
          new AbstractInHandler() {
            @Override
            public void onPush() {
              hear(from.grab());
            }
          });
      toHost = to;
      fromHost = from;
      Source.fromGraph(to.source()).via(host).runWith(from.sink(), subFusingMaterializer());
      if (isAvailable(out)) {
        listen();
      }
    }

    private void listen() {
      SubSinkInlet<Said> from = fromHost;
      if (from != null && !from.isClosed() && !from.hasBeenPulled()) {
        from.pull();
      }
    }

    /** Passes input on while the host asks for it. */
    private void send() {
      SubSourceOutlet<ByteString> to = toHost;
      if (to == null || to.isClosed() || !to.isAvailable()) {
        return;
      }
      ByteString next = input.next();
      if (next != null) {
        to.push(next);
      } else if (isClosed(in)) {
        to.complete();
      } else if (!hasBeenPulled(in) && input.hasRoom()) {
        pull(in);
      }
    }

    private void hear(Said said) {
      switch (said) {
        case Said.Bytes(ByteString bytes) -> push(out, bytes);
        case Said.Taken(long total) -> {
          input.taken(total);
          send();
          listen();
        }
        case Said.Moved(Place place) -> leave(place);
      }
    }

    private void leave(Place place) {
      hangUp();
      input.again();
      AsyncCallback<Found> found = createAsyncCallback(this::found);
      search
          .find(place)
          .whenComplete(
              (host, failure) ->
                  FutureConverters.asJava(found.invokeWithFeedback(new Found(host, failure)))
                      .exceptionally(
                          clientLeft -> {
                            if (host != null) {
                              Source.<ByteString>empty()
                                  .via(host)
                                  .runWith(Sink.cancelled(), materializer);
                            }
                            return Done.getInstance();
                          }));
    }

    private void found(Found found) {
      Flow<ByteString, Said, NotUsed> host = found.host();
      if (host != null) {
        connect(host);
      } else {
        failStage(found.failure() == null ? new IllegalStateException("no host") : found.failure());
      }
    }

    private void hangUp() {
      SubSourceOutlet<ByteString> to = toHost;
      if (to != null && !to.isClosed()) {
        to.complete();
      }
      SubSinkInlet<Said> from = fromHost;
      if (from != null && !from.isClosed()) {
        from.cancel();
      }
      toHost = null;
      fromHost = null;
    }

    @Override
    public void postStop() {
      hangUp();
    }
  }
}
