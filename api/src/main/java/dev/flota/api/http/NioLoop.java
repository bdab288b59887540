package dev.flota.api.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One selector thread for any number of sockets, with one read buffer that they share: an open
 * connection costs no buffer of its own.
 */
public final class NioLoop implements AutoCloseable {
  /** Bytes read from a socket at once. */
  static final int READ_SIZE = 64 * 1024;

  private static final long PAUSE_AFTER_FAILED_ACCEPT_MILLIS = 100;
  private static final Logger LOG = LoggerFactory.getLogger(NioLoop.class);

  private final Selector selector;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_SIZE);
  private final Thread thread;
  private volatile boolean closed;

  /** What a socket does when it is ready; runs in the loop's thread. */
  interface ReadyHandler {
    /** Reads or writes without blocking. A failure closes the socket. */
    void ready(SelectionKey key) throws IOException;
  }

  private NioLoop(String name) throws IOException {
    selector = Selector.open();
    thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
  }

  /** Starts the thread. */
  public static NioLoop start(String name) throws IOException {
    NioLoop loop = new NioLoop(name);
    loop.thread.start();
    return loop;
  }

  /** Ends the thread; sockets still open are closed. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
  }

  /** The buffer shared by all reads; only for the loop's thread, only until the handler returns. */
  ByteBuffer readBuffer() {
    readBuffer.clear();
    return readBuffer;
  }

  /** Runs a task in the loop's thread. */
  void execute(Runnable task) {
    tasks.add(task);
    wakeUp();
  }

  /** Makes the selector look at changed interests and closed sockets. */
  void wakeUp() {
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  /** Watches a socket that is in non-blocking mode. */
  SelectionKey register(SelectableChannel channel, int operations, ReadyHandler handler)
      throws ClosedChannelException {
    SelectionKey key = channel.register(selector, operations, handler);
    wakeUp();
    return key;
  }

  /** Hands over every connection that the server socket accepts, in non-blocking mode. */
  void accept(ServerSocketChannel server, Consumer<SocketChannel> accepted) throws IOException {
    server.configureBlocking(false);
    register(server, SelectionKey.OP_ACCEPT, key -> acceptAll(server, key, accepted));
  }

  private void acceptAll(
      ServerSocketChannel server, SelectionKey key, Consumer<SocketChannel> accepted) {
    try {
      for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
        channel.configureBlocking(false);
        accepted.accept(channel);
      }
    } catch (ClosedChannelException e) {
      LOG.debug("no longer listening on {}", server);
    } catch (IOException e) {
      pauseAccepting(key, e);
    }
  }

  /** Out of file descriptors, as a rule: asking again at once would only burn the processor. */
  private void pauseAccepting(SelectionKey key, IOException reason) {
    LOG.warn("cannot accept a connection, trying again soon: {}", reason.toString());
    key.interestOps(0);
    CompletableFuture.delayedExecutor(PAUSE_AFTER_FAILED_ACCEPT_MILLIS, TimeUnit.MILLISECONDS)
        .execute(() -> execute(() -> acceptAgain(key)));
  }

  private static void acceptAgain(SelectionKey key) {
    if (key.isValid()) {
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void run() {
    while (!closed) {
      turn();
    }
    for (SelectionKey key : selector.keys()) {
      close(key);
    }
    try {
      selector.close();
    } catch (IOException e) {
      LOG.warn("closing the selector", e);
    }
  }

  private void turn() {
    try {
      selector.select(NioLoop::dispatch);
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
    } catch (IOException | RuntimeException e) {
      LOG.error("the socket loop met an unexpected failure and goes on", e);
    }
  }

  private static void dispatch(SelectionKey key) {
    if (!(key.attachment() instanceof ReadyHandler handler)) {
      throw new IllegalStateException("a key without a handler");
    }
    try {
      handler.ready(key);
    } catch (CancelledKeyException e) {
      LOG.trace("closed while it became ready: {}", key.channel());
    } catch (IOException | RuntimeException e) {
      LOG.error("closing a connection after an unexpected failure", e);
      close(key);
    }
  }

  private static void close(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      LOG.debug("closing {}", key.channel(), e);
    }
  }
}
