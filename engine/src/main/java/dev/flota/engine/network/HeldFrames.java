package dev.flota.engine.network;

import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.FrameSocket;
import dev.flota.engine.linux.FrameSocket.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

  private final FrameSocket socket;
  private final byte[] mac;
  private final int bridge;
  private final Set<Integer> ports;
  private final List<Frame> frames = new ArrayList<>();
  private int bytes;
  private EventLoop.@Nullable Registration registration;
  private boolean ended;

  private HeldFrames(FrameSocket socket, MacAddress mac, int bridge, Set<Integer> ports) {
    this.socket = socket;
    this.mac = mac.bytes();
    this.bridge = bridge;
    this.ports = Set.copyOf(ports);
  }

  /**
   * To be made before the container is cut off; nothing is kept before {@link #begin}.
   *
   * @param bridge index of the bridge
   * @param ports indexes of those of its ports that may reach the container, without its own
   */
  static HeldFrames of(MacAddress mac, int bridge, Set<Integer> ports) {
    return new HeldFrames(FrameSocket.about(mac.bytes()), mac, bridge, ports);
  }

  /** Keeps what comes from now on: when the container has just been cut off. */
  synchronized void begin(EventLoop loop) {
    while (socket.receive().isPresent()) {
      // The container had it.
    }
    registration = loop.register(socket.descriptor(), EventLoop.READABLE, _ -> receive());
  }

  private synchronized void receive() {
    while (!ended) {
      Optional<Frame> frame = socket.receive();
      if (frame.isEmpty()) {
        return;
      }
      take(frame.get());
    }
  }

  private void take(Frame frame) {
    boolean arrived = !frame.outgoing() && ports.contains(frame.index());
    boolean sentFromHere = frame.outgoing() && frame.index() == bridge;
    if (arrived && Arrays.equals(frame.source(), mac)) {
      sendOn();
    } else if ((arrived || sentFromHere)
        && Arrays.equals(frame.destination(), mac)
        && bytes + frame.size() <= MOST_BYTES) {
      frames.add(frame);
      bytes += frame.size();
    }
  }

  /** Sends on what was kept, when the container is connected with the bridge again, and ends. */
  synchronized void release() {
    receive();
    if (!ended) {
      sendOn();
    }
  }

  private void sendOn() {
    try {
      LOG.debug("{} frames waited for {}", frames.size(), MacAddress.of(mac));
      frames.forEach(frame -> socket.send(bridge, frame));
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
      socket.close();
    }
  }
}
