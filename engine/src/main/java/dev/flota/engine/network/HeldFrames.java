package dev.flota.engine.network;

import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.FrameSocket;
import dev.flota.engine.linux.FrameSocket.Frame;
import dev.flota.engine.linux.LinuxException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes to a bridge for a container that is cut off it. It would be dropped, and those who
 * sent it would wait for their retransmission timers (RFC 6298, section 5): longer than most moves
 * take. So it is kept, and sent on as soon as the container is heard of at another port of the
 * bridge, or is connected again.
 */
final class HeldFrames implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HeldFrames.class);

  /** What comes first is kept: it is what the others wait for. */
  private static final int MOST_BYTES = 4 << 20;

  /** More than come while the container is cut off, where that takes no longer than it should. */
  private static final int MOST_AT_ONCE = 4096;

  /** How many may have come between a frame and its way out to the container. */
  private static final int LOOK_BACK = 64;

  /** How long TCP reckons with a segment (RFC 9293, section 3.4.2). */
  private static final long LIFE_NANOS = Duration.ofMinutes(2).toNanos();

  private final FrameSocket socket;
  private final byte[] mac;
  private final Ways ways;
  private final Deque<Held> frames = new ArrayDeque<>();
  private EventLoop.@Nullable Registration registration;
  private int bytes;
  private boolean ended;

  private record Held(Frame frame, long since) {}

  /**
   * How frames come to a container.
   *
   * @param bridge its index
   * @param bridgeMac its Ethernet address
   * @param own index of the port that is the container's, {@link #NONE} when it is cut off
   * @param ports indexes of the other ports that may reach it
   * @param beyond index of the port behind which the other hosts are, {@link #NONE} for none
   */
  record Ways(int bridge, MacAddress bridgeMac, int own, Set<Integer> ports, int beyond) {
    /** No interface has it. */
    static final int NONE = 0;

    Ways {
      ports = Set.copyOf(ports);
    }
  }

  private HeldFrames(FrameSocket socket, MacAddress mac, Ways ways) {
    this.socket = socket;
    this.mac = mac.bytes();
    this.ways = ways;
  }

  /** Keeps from now on what comes for the Ethernet address, and does not reach it. */
  static HeldFrames open(MacAddress mac, Ways ways, EventLoop loop) {
    HeldFrames held = new HeldFrames(FrameSocket.about(mac.bytes()), mac, ways);
    held.watch(loop);
    return held;
  }

  private synchronized void watch(EventLoop loop) {
    try {
      registration = loop.register(socket.descriptor(), EventLoop.READABLE, _ -> receive());
    } catch (LinuxException e) {
      close();
      throw e;
    }
  }

  private synchronized void receive() {
    // As many as there may have been: once it is connected again, more may come without end.
    for (int taken = 0; !ended && taken < MOST_AT_ONCE; taken++) {
      Optional<Frame> frame = socket.receive();
      if (frame.isEmpty()) {
        return;
      }
      take(frame.get());
    }
  }

  private void take(Frame frame) {
    boolean arrived = !frame.outgoing();
    if (arrived && frame.index() == ways.beyond() && Arrays.equals(frame.source(), mac)) {
      sendOn();
    } else if (Arrays.equals(frame.destination(), mac) && frame.isIpv4()) {
      if (arrived && ways.ports().contains(frame.index())) {
        keep(frame);
      } else if (!arrived && frame.index() == ways.bridge()) {
        keep(frame);
      } else if (!arrived && frame.index() == ways.own()) {
        forget(frame);
      }
    }
  }

  private void keep(Frame frame) {
    forgetOld();
    if (bytes + frame.size() <= MOST_BYTES) {
      frames.add(new Held(frame, System.nanoTime()));
      bytes += frame.size();
    }
  }

  private void forgetOld() {
    long now = System.nanoTime();
    while (!frames.isEmpty() && now - frames.getFirst().since() > LIFE_NANOS) {
      bytes -= frames.removeFirst().frame().size();
    }
  }

  /** The container is not cut off yet, or not any more. */
  private void forget(Frame delivered) {
    Iterator<Held> newest = frames.descendingIterator();
    for (int looked = 0; newest.hasNext() && looked < LOOK_BACK; looked++) {
      Frame frame = newest.next().frame();
      if (frame.sameAs(delivered)) {
        newest.remove();
        bytes -= frame.size();
        return;
      }
    }
  }

  /** Sends on what was kept, when the container is connected with the bridge again, and ends. */
  synchronized void release() {
    try {
      receive();
      if (!ended) {
        sendOn();
      }
    } finally {
      close();
    }
  }

  /**
   * As a router would, from this host: from their senders, the others would learn that those are
   * here, and send the answers here.
   */
  private void sendOn() {
    forgetOld();
    LOG.debug("{} frames waited for {}", frames.size(), MacAddress.of(mac));
    byte[] sender = ways.bridgeMac().bytes();
    for (Held held : frames) {
      try {
        socket.send(ways.bridge(), held.frame().from(sender));
      } catch (LinuxException e) {
        LOG.debug("a frame that came for {} is lost", MacAddress.of(mac), e);
      }
    }
    close();
  }

  /** Ends when the container has gone: by then it may have been heard of. */
  synchronized void end() {
    try {
      receive();
    } finally {
      close();
    }
  }

  /** Ends; what was kept and not sent on is lost. Harmless after the end. */
  @Override
  public synchronized void close() {
    if (!ended) {
      ended = true;
      frames.clear();
      if (registration != null) {
        registration.cancel();
      }
      // Others wait here. A virtual thread's carrier would stay, in this thread's namespaces.
      Thread.ofPlatform().daemon().name("frames-end").start(socket::close);
    }
  }
}
