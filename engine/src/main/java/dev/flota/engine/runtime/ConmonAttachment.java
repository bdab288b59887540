package dev.flota.engine.runtime;

import dev.flota.engine.linux.Errno;
import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.LinuxException;
import dev.flota.engine.linux.PacketSocket;
import dev.flota.engine.linux.PidDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A connection to conmon's attach socket. Each packet from conmon is one byte for the stream and
 * then data; each packet to it is input.
 *
 * <p>conmon waits for a client that does not read, and with it waits all it has to do, even noting
 * the exit. So once the main process is gone, what is left is taken from conmon whether the
 * listener wants it now or not; it is no more than the kernel's buffers hold.
 *
 * <p>Reading happens on the loop's thread only; writing under {@link #sending}.
 */
final class ConmonAttachment implements Attachment {
  /** conmon counts its pipes from 1: standard input, output, error. */
  private static final int STREAM_OFFSET = 1;

  /** conmon takes no more in one packet. */
  private static final int LARGEST_INPUT = 32 << 10;

  private static final int BATCHES = 8;

  /** What the container's configuration says of its standard input. */
  enum Input {
    /** Nothing is sent; leaving leaves no trace. */
    NONE,
    /** No input from this attachment, but conmon would close the container's if it left. */
    NONE_BUT_SHARED,
    /** Closing the input here closes the container's. */
    ENDS,
    /** The container's input stays open when it is closed here. */
    STAYS
  }

  /** Who does not care for output. */
  static final Listener NOBODY = Discard.INSTANCE;

  /** Room for what one thread receives. */
  static PacketSocket.Packets packets() {
    return new PacketSocket.Packets(32, 8193);
  }

  private final EventLoop loop;
  private final PacketSocket socket;
  private final PacketSocket.Packets packets;
  private final Input input;
  private final ReentrantLock sending = new ReentrantLock();
  private final Condition writable = sending.newCondition();
  private final Queue<Chunk> pending = new ArrayDeque<>();

  private volatile boolean paused;
  private volatile Listener listener;
  private EventLoop.@Nullable Registration registration;
  private EventLoop.@Nullable Registration processRegistration;
  private @Nullable PidDescriptor process;
  private boolean draining;
  private boolean ended;
  private boolean endTold;
  private @Nullable IOException failure;

  // guarded by sending
  private boolean listenerWaits;
  private boolean writerWaits;
  private boolean gone;
  private boolean inputClosed;

  @SuppressWarnings("ArrayRecordComponent") // bytes on their way; never compared
  private record Chunk(int stream, byte[] data) {}

  private ConmonAttachment(
      EventLoop loop,
      PacketSocket socket,
      PacketSocket.Packets packets,
      Input input,
      Listener listener) {
    this.loop = loop;
    this.socket = socket;
    this.packets = packets;
    this.input = input;
    this.listener = listener;
  }

  /**
   * Connects.
   *
   * @param packets for use on the loop's thread
   * @param main the container's main process, if it is known yet
   * @throws LinuxException there is no conmon
   */
  static ConmonAttachment open(
      EventLoop loop,
      PacketSocket.Packets packets,
      Path path,
      Input input,
      Optional<PidDescriptor> main,
      Listener listener) {
    ConmonAttachment attachment =
        new ConmonAttachment(loop, PacketSocket.connect(path), packets, input, listener);
    loop.execute(() -> attachment.register(main));
    return attachment;
  }

  private void register(Optional<PidDescriptor> main) {
    registration = loop.register(socket.descriptor(), interest(), this::ready);
    main.ifPresent(this::watch);
  }

  /** Tells which process's end lets the rest be drained. */
  void mainProcess(PidDescriptor main) {
    loop.execute(() -> watch(main));
  }

  private void watch(PidDescriptor main) {
    if (ended) {
      main.close();
      return;
    }
    process = main;
    processRegistration =
        loop.register(main.descriptor(), EventLoop.READABLE, events -> processEnded());
  }

  private void processEnded() {
    releaseProcess();
    draining = true;
    updateInterest();
  }

  private void releaseProcess() {
    if (processRegistration != null) {
      processRegistration.cancel();
      processRegistration = null;
    }
    if (process != null) {
      process.close();
      process = null;
    }
  }

  private int interest() {
    boolean reads = !paused || draining;
    return (reads ? EventLoop.READABLE : 0) | (waitsToWrite() ? EventLoop.WRITABLE : 0);
  }

  private boolean waitsToWrite() {
    sending.lock();
    try {
      return listenerWaits || writerWaits;
    } finally {
      sending.unlock();
    }
  }

  private void updateInterest() {
    if (registration != null) {
      registration.interest(interest());
    }
  }

  private void ready(int events) {
    if ((events & EventLoop.WRITABLE) != 0) {
      tellWritable();
    }
    if ((events & (EventLoop.READABLE | EventLoop.FAILED)) != 0) {
      draining |= (events & EventLoop.FAILED) != 0; // conmon left: nothing waits for us
      receive();
      deliver();
    }
    if (!ended) {
      updateInterest();
    }
  }

  private void receive() {
    for (int batch = 0; batch < BATCHES && !ended && (!paused || draining); batch++) {
      try {
        int count = packets.receive(socket);
        if (count == 0) {
          return;
        }
        take(count);
        deliver();
      } catch (LinuxException refused) {
        if (refused.errno() != Errno.ECONNRESET) { // conmon left our input unread: data follows
          end(new IOException(refused.getMessage(), refused));
        }
      }
    }
  }

  /** Packets of one stream in a row become one chunk. */
  private void take(int count) {
    int first = 0;
    while (first < count && !ended) {
      if (packets.length(first) == 0) {
        end(null);
        return;
      }
      byte stream = packets.get(first, 0);
      int size = 0;
      int last = first;
      while (last < count && packets.length(last) > 0 && packets.get(last, 0) == stream) {
        size += packets.length(last) - 1;
        last++;
      }
      pending.add(new Chunk(stream - STREAM_OFFSET, copy(first, last, size)));
      first = last;
    }
  }

  private byte[] copy(int first, int last, int size) {
    byte[] data = new byte[size];
    int offset = 0;
    for (int packet = first; packet < last; packet++) {
      int length = packets.length(packet) - 1;
      packets.read(packet, 1, data, offset, length);
      offset += length;
    }
    return data;
  }

  private void deliver() {
    while (!paused && !pending.isEmpty()) {
      Chunk chunk = pending.remove();
      listener.onData(chunk.stream(), chunk.data());
    }
    if (ended && pending.isEmpty() && !endTold) {
      endTold = true;
      listener.onEnd(failure);
    }
  }

  private void end(@Nullable IOException reason) {
    if (ended) {
      return;
    }
    ended = true;
    failure = reason;
    if (registration != null) {
      registration.cancel();
    }
    releaseProcess();
    sending.lock();
    try {
      gone = true;
      socket.close();
      writable.signalAll();
    } finally {
      sending.unlock();
    }
  }

  private void tellWritable() {
    boolean tell;
    sending.lock();
    try {
      tell = listenerWaits;
      listenerWaits = false;
      writerWaits = false;
      writable.signalAll();
    } finally {
      sending.unlock();
    }
    if (tell) {
      listener.onWritable();
    }
  }

  @Override
  public boolean tryWrite(ByteBuffer data) throws IOException {
    sending.lock();
    try {
      boolean all = send(data);
      if (!all) {
        listenerWaits = true;
        loop.execute(this::updateInterest);
      }
      return all;
    } finally {
      sending.unlock();
    }
  }

  @Override
  public void write(ByteBuffer data) throws IOException {
    sending.lock();
    try {
      while (!send(data)) {
        writerWaits = true;
        loop.execute(this::updateInterest);
        writable.awaitUninterruptibly();
      }
    } finally {
      sending.unlock();
    }
  }

  private boolean send(ByteBuffer data) throws IOException {
    while (data.hasRemaining()) {
      if (gone) {
        throw new IOException("the process is gone");
      }
      if (inputClosed || input == Input.NONE || input == Input.NONE_BUT_SHARED) {
        throw new IOException("the standard input is closed");
      }
      int size = Math.min(data.remaining(), LARGEST_INPUT);
      ByteBuffer packet = data.slice(data.position(), size);
      if (!socket.send(packet)) {
        return false;
      }
      data.position(data.position() + size);
    }
    return true;
  }

  @Override
  public void closeInput() {
    sending.lock();
    try {
      if (!gone && !inputClosed && input == Input.ENDS) {
        socket.shutdownOutput();
      }
      inputClosed = true;
    } finally {
      sending.unlock();
    }
  }

  @Override
  public void pauseReading() {
    paused = true;
    if (!loop.inLoop()) {
      loop.execute(this::updateInterestUnlessEnded);
    }
  }

  @Override
  public void resumeReading() {
    paused = false;
    loop.execute(
        () -> {
          deliver();
          updateInterestUnlessEnded();
        });
  }

  private void updateInterestUnlessEnded() {
    if (!ended) {
      updateInterest();
    }
  }

  @Override
  public void close() {
    loop.execute(this::leave);
  }

  private void leave() {
    pending.clear();
    paused = false;
    if (ended || input != Input.NONE_BUT_SHARED) {
      end(null);
      deliver();
      return;
    }
    if (!endTold) { // stay connected and throw away what comes
      endTold = true;
      listener.onEnd(null);
      listener = Discard.INSTANCE;
      updateInterest();
    }
  }

  private enum Discard implements Listener {
    INSTANCE;

    @Override
    public void onData(int stream, byte[] data) {}

    @Override
    public void onEnd(@Nullable IOException failure) {}
  }
}
