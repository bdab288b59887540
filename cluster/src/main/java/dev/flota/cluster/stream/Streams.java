package dev.flota.cluster.stream;

import akka.NotUsed;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import dev.flota.cluster.follow.Place;
import dev.flota.cluster.follow.Said;
import dev.flota.engine.runtime.Attachment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The two ends of an attached client: the container's {@link Attachment}, which calls from its own
 * thread and may come later than the client, and the client's stream.
 *
 * <p>Everything between the two is guarded by this object's lock; the stream is woken outside it.
 */
public final class Streams implements Attachment.Listener {
  /**
   * More than this many bytes, frames included, waiting for the client: the container is not read
   * any more.
   */
  private static final int HIGH_WATER = 1 << 20;

  private static final int LOW_WATER = 1 << 18;

  /** Whether a client sees raw terminal bytes, and which streams he wants. */
  public record Wiring(
      boolean tty, boolean stdin, boolean stdout, boolean stderr, @Nullable String detachKeys) {}

  private final Wiring wiring;
  private final Runnable onDetach;
  private final Deque<ByteString> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private boolean paused;
  private boolean ended;
  private boolean left;
  private @Nullable Attachment attachment;
  private @Nullable Runnable wake;
  private @Nullable CompletionStage<?> gate;
  private @Nullable Place moved;

  /** What is given to the container, and when it is not; before this object's own lock. */
  private final Object giving = new Object();

  private volatile boolean held;

  /** A client who is told to leave by {@code onDetach} when he typed the detach keys. */
  public Streams(Wiring wiring, Runnable onDetach) {
    this.wiring = wiring;
    this.onDetach = onDetach;
    DetachKeys.parse(wiring.detachKeys());
  }

  /** The client's side. To be materialised once. */
  public Flow<ByteString, Said, NotUsed> flow() {
    return Flow.fromGraph(new StreamsStage(this));
  }

  /** Whether what the client sends goes to the process. */
  public boolean takesInput() {
    return wiring.stdin();
  }

  /** What the client wants. */
  Wiring wiring() {
    return wiring;
  }

  /** Connects the container's side. If the client has left meanwhile, it is closed at once. */
  public void connect(Function<Attachment.Listener, Attachment> attach) {
    Attachment made = attach.apply(this);
    boolean gone;
    boolean hold;
    synchronized (this) {
      attachment = made;
      gone = left;
      hold = paused;
    }
    if (hold) {
      made.pauseReading();
    }
    if (gone) {
      made.close();
    }
    wake();
  }

  /**
   * The container is about to be frozen: when this returns it is given nothing more of the client's
   * input. What it says is taken from it, however slow the client is; else it would stay behind.
   */
  public void hold() {
    synchronized (giving) {
      held = true;
    }
    Attachment toResume;
    synchronized (this) {
      toResume = paused ? attachment : null;
      paused = false;
    }
    if (toResume != null) {
      toResume.resumeReading();
    }
  }

  /** Ends {@link #hold}: it goes on here. */
  public void release() {
    held = false;
    wake();
  }

  /** It goes on at another host: when its end has come here, the client is led there. */
  public synchronized void moved(Place place) {
    moved = place;
  }

  /** Where the client is to go on elsewhere. */
  synchronized @Nullable Place movedTo() {
    return moved;
  }

  /** Whether the client has left. */
  public synchronized boolean hasLeft() {
    return left;
  }

  /** The client sees the end only when {@code gate} has completed too. */
  public synchronized void endAfter(CompletionStage<?> newGate) {
    gate = newGate;
  }

  /** Nothing will come (the start failed, the container was removed). */
  public void end() {
    onEnd(null);
  }

  @Override
  public void onData(int stream, byte[] data) {
    ByteString bytes = ByteString.fromArrayUnsafe(data);
    boolean wanted = stream == Attachment.STDERR ? wiring.stderr() : wiring.stdout();
    if (!wanted || data.length == 0) {
      return;
    }
    Attachment toPause = null;
    synchronized (this) {
      if (left) {
        return;
      }
      ByteString piece = wiring.tty() ? bytes : Frames.frame(stream, bytes);
      waiting.add(piece);
      waitingBytes += piece.size();
      if (waitingBytes > HIGH_WATER && !paused && !held) {
        paused = true;
        toPause = attachment;
      }
    }
    if (toPause != null) {
      toPause.pauseReading();
    }
    wake();
  }

  @Override
  public void onWritable() {
    wake();
  }

  @Override
  public void onEnd(@Nullable IOException failure) {
    CompletionStage<?> first;
    synchronized (this) {
      first = gate;
    }
    if (first == null) {
      finish();
    } else {
      first.whenComplete((done, ignored) -> finish());
    }
  }

  private void finish() {
    synchronized (this) {
      ended = true;
    }
    wake();
  }

  private void wake() {
    Runnable waker;
    synchronized (this) {
      waker = wake;
    }
    if (waker != null) {
      waker.run();
    }
  }

  /** The stream's side: called when there may be something to do. */
  synchronized void onWake(Runnable waker) {
    wake = waker;
  }

  /** All that waits for the client, as one piece; null when nothing does. */
  @Nullable ByteString take() {
    ByteString taken = null;
    Attachment toResume = null;
    synchronized (this) {
      if (!waiting.isEmpty()) {
        taken = waiting.poll();
        for (int more = 0; more < 16 && !waiting.isEmpty(); more++) {
          taken = taken.concat(waiting.poll());
        }
        waitingBytes -= taken.size();
      }
      if (paused && waitingBytes < LOW_WATER) {
        paused = false;
        toResume = attachment;
      }
    }
    if (toResume != null) {
      toResume.resumeReading();
    }
    return taken;
  }

  /** Whether nothing more will come. */
  synchronized boolean drained() {
    return ended && waiting.isEmpty();
  }

  /** Whether the container's side has ended, read or not. */
  synchronized boolean hasEnded() {
    return ended;
  }

  /** Whether the container can be given input now. */
  synchronized boolean isConnected() {
    return attachment != null;
  }

  /**
   * Gives input to the container.
   *
   * @return false when it does not take all of it now; then {@link #onWake} is called
   */
  boolean give(ByteBuffer input) throws IOException {
    synchronized (giving) {
      return !held && connected().tryWrite(input);
    }
  }

  /** Tells the container that no more input will come; false when not now. */
  boolean closeInput() {
    synchronized (giving) {
      if (!held) {
        connected().closeInput();
      }
      return !held;
    }
  }

  private synchronized Attachment connected() {
    return Objects.requireNonNull(attachment, "not connected yet");
  }

  /** The client typed the detach keys. */
  void detached() {
    onDetach.run();
  }

  /** The client is gone. */
  void leave() {
    Attachment toClose;
    synchronized (this) {
      left = true;
      waiting.clear();
      wake = null;
      toClose = attachment;
    }
    if (toClose != null) {
      toClose.close();
    }
  }
}
